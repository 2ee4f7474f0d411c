"""Sandboxes at work: their place in the server's web app, and the worker's rounds through them."""

from stoa.sandbox.mount import Mount
from stoa.sandbox.rounds import Visitor, catch_up

__all__ = ["Mount", "Visitor", "catch_up"]
