"""The fixtures of tests that call the app."""

from tills import app, cinema, grocery

__all__ = ["app", "cinema", "grocery"]
