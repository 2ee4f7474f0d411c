"""The words of conditions, a file a language; a test finds what a language has no words for."""

from collections.abc import Mapping
from types import MappingProxyType

from stoa.values.conditions.tongues.english import ENGLISH
from stoa.values.conditions.tongues.shape import FactWords, Tongue
from stoa.values.conditions.tongues.simplified import SIMPLIFIED
from stoa.values.conditions.tongues.traditional import TRADITIONAL

__all__ = ["TONGUES", "FactWords", "Tongue"]

TONGUES: Mapping[str, Tongue] = MappingProxyType(
    {"en": ENGLISH, "zh-Hans": SIMPLIFIED, "zh-Hant": TRADITIONAL}
)
"""By the language."""
