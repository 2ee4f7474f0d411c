"""The languages that members are written to, as BCP 47 tags, and which one stands in for which."""

from collections.abc import Mapping

__all__ = ["ENGLISH", "LANGUAGES", "closest", "stand_ins"]

ENGLISH = "en"
LANGUAGES = (ENGLISH, "zh-Hans", "zh-Hant")
"""English, Chinese in simplified and in traditional characters."""

_TRADITIONAL = ("hant", "hk", "tw", "mo")
_STAND_INS: Mapping[str, tuple[str, ...]] = {
    "en": ("en",),
    "zh-Hans": ("zh-Hans", "zh-Hant", "en"),
    "zh-Hant": ("zh-Hant", "zh-Hans", "en"),
}


def closest(tag: str) -> str:
    """Return the language of ours that fits a tag best: ``zh-HK`` is ``zh-Hant``, ``de`` is en."""
    if tag in LANGUAGES:
        return tag
    main, *rest = tag.casefold().replace("_", "-").split("-")
    if main != "zh":
        return ENGLISH
    if "hans" in rest:
        return "zh-Hans"
    return "zh-Hant" if any(part in _TRADITIONAL for part in rest) else "zh-Hans"


def stand_ins(tag: str) -> tuple[str, ...]:
    """Return the languages in which to look for a text, the best first, English last."""
    return _STAND_INS[closest(tag)]
