"""The face that plugin authors see: the hook marker and the version."""

from importlib.metadata import version

import pluggy

__all__ = ["__version__", "hookimpl"]

hookimpl = pluggy.HookimplMarker("stoa")
"""Marks a function of a plugin as the answer to a hook of `stoa.hookspecs`."""

__version__ = version("stoa-loyalty")
