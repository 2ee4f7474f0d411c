"""Sandboxes at work: their place in the server's web app, and the worker's rounds through them."""

from stoa.sandbox.mount import Mount, Place
from stoa.sandbox.rounds import Visitor, catch_up

__all__ = ["Mount", "Place", "Visitor", "catch_up"]
