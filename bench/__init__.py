"""Measures Stoa against pgbench doing the same work in the same run; `make bench` starts it.

Every figure is a ratio: rates change with the machine and the hour, ratios of one run do not.
"""
