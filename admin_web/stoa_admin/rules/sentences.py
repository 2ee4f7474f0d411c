"""Conditions as sentences in the page's language."""

from collections.abc import Mapping
from typing import Any

from stoa.values.conditions import Vocabulary, WrongRuleError, read_condition
from stoa.values.conditions.wording import phrase
from stoa.values.speech import Speech
from stoa_admin.language import language
from stoa_admin.rules.choices import Choices

__all__ = ["sentence", "speech_of"]

_TAGS = {"en": "en", "zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}
_KINDS = {
    "tier": "tiers", "segment": "segments", "partner": "partners", "store": "stores",
    "challenge": "challenges", "ladder": "ladders", "activity": "activities",
    "holiday": "holidays",
}  # fmt: skip


def sentence(document: Any, vocabulary: Vocabulary, speech: Speech) -> str:  # noqa: ANN401 - JSON
    """Return what a condition says; empty where there is none or it is not finished."""
    if document is None:
        return ""
    try:
        read_condition(document, vocabulary)
    except WrongRuleError:
        return ""
    return speech.sentence(phrase(document, speech))


def speech_of(choices: Choices, money: str) -> Speech:
    """Return how conditions are said on this page: its language, and the names of the alliance."""
    names: Mapping[str, str] = {
        f"{kind}:{code}": name
        for kind, listed in _KINDS.items()
        for code, name in choices.of(listed)
    }
    return Speech(_TAGS[language()], money, names)
