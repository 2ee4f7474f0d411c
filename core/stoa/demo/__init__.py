"""The demo's alliance: its shops and people, a year of their purchases, and how they are sown.

shops    the malls and the fourteen shops: trade, plugin, settings, articles
people   members with names, cards and habits
story    what they do, day by day: pure, and the same for the same seed
sowing   the story told to the real deeds, each at its own moment of the past
office   what the operator's office does meanwhile: months closed, payments, disputes
"""

from stoa.demo.sowing import Sown, sow
from stoa.demo.story import Story, tell_story

__all__ = ["Sown", "Story", "sow", "tell_story"]
