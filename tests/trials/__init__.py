"""Proof by trial: real processes are killed, stormed and cut off, and nothing acknowledged is lost.

`python -m trials --help` teaches how; docs/trials.md tells what is proven.
"""
