"""The command line, ``stoa``."""

from stoa.cli.table import COMMANDS, cli, main

__all__ = ["COMMANDS", "cli", "main"]
