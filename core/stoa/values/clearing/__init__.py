"""Clearing as arithmetic: exact, pure, and tested against the worked numbers of economics §3."""
