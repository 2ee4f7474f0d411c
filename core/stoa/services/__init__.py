"""The deeds: one function is one verb in one transaction; the first argument is always the work."""
