"""Searching texts of any language: what is looked for has to stand in them, in any order.

Pairs of letters find the texts that may hold it, by an index; then the words themselves are looked
for. Chinese is written without spaces, so pairs serve it as they serve English; a single Chinese
character is a word of its own.
"""

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["folded", "grams", "pattern", "words"]

_MOST_WORDS = 8
_ASCII = 128
_SPECIAL = re.compile(r"([\\%_])")


def folded(texts: Iterable[str]) -> str:
    """Return texts as one that can be searched: no capitals, wide forms made narrow."""
    return " ".join(unicodedata.normalize("NFKC", " ".join(texts)).casefold().split())


def words(asked: str) -> tuple[str, ...]:
    """Return what is looked for as words, the first few of them."""
    return tuple(dict.fromkeys(folded([asked]).split()[:_MOST_WORDS]))


def grams(text: str) -> list[str]:
    """Return the pairs of neighbouring letters of a folded text, and its Chinese characters."""
    found: set[str] = set()
    for word in text.split():
        found.update(word[place : place + 2] for place in range(len(word) - 1))
        found.update(letter for letter in word if ord(letter) >= _ASCII)
    return sorted(found)


def pattern(word: str) -> str:
    """Return the LIKE pattern of texts that hold a word."""
    return "%" + _SPECIAL.sub(r"\\\1", word) + "%"
