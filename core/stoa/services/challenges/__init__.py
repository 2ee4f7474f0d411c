"""Challenges: something to be done within a period, its progress, and what completing it brings.

The worker follows what members buy and bring back: a run is completed on the day its goal is
reached, once, and undone where what came back takes the goal away before the period ends (#12).
"""

from stoa.services.challenges.deeds import activate
from stoa.services.challenges.documents import Held, find, held, read, save
from stoa.services.challenges.lists import Standing, of, offered
from stoa.services.challenges.runs import assess, assess_all, follow, hand_over, join

__all__ = [
    "Held",
    "Standing",
    "activate",
    "assess",
    "assess_all",
    "find",
    "follow",
    "hand_over",
    "held",
    "join",
    "of",
    "offered",
    "read",
    "save",
]
