"""Postings told: the headline, and the arithmetic under it."""

from stoa.values.arithmetic import read_plain, tell
from stoa.values.arithmetic.tongues import WORDS
from stoa.values.postings.deeds import Deed, Posted, deed
from stoa.values.postings.tongues import AT, HEADLINES
from stoa.values.speech import Speech

__all__ = ["headline", "reckoned"]

_NAMED = {
    Deed.UPLIFT: "tier", Deed.CAMPAIGN: "campaign", Deed.ACTIVITY: "activity",
    Deed.CHALLENGE: "challenge",
    Deed.PRIZE: "draw",
}  # fmt: skip


def headline(posted: Posted, speech: Speech, *, place: str = "") -> str:
    """Return what a posting was: ``Purchase at Star Grocer``.

    Args:
        place: the store's name, where the reader may know it.
    """
    what, ways = deed(posted), AT[speech.language]
    texts = {
        way: ways[way].format(place=place) if place and way in ways else ways.get(f"{way}:", "")
        for way in ("at", "to", "of", "in", "place", "colon", "comma", "owed")
    }
    code = posted.reason.partition(":")[2]
    texts["name"] = speech.name(_NAMED[what], code) if what in _NAMED else ""
    texts["reason"] = WORDS[speech.language].get(f"reason:{posted.reason}", posted.reason)
    return speech.neat(HEADLINES[speech.language][what].format_map(texts))


def reckoned(posted: Posted, speech: Speech) -> str:
    """Return how the points of a posting came about; a text of unknown shape as it is stored."""
    says = posted.says or read_plain(posted.arithmetic, speech.currency)
    return tell(says, speech) if says else posted.arithmetic
