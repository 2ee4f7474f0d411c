"""Plugins that would harm the server if they ran in it; real modules, imported by hosts alone."""
