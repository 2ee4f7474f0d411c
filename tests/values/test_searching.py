"""Searching: pairs of letters, patterns, words in any language."""

import pytest

from stoa.values.searching import folded, grams, pattern, words


def test_texts_are_folded_to_one() -> None:
    assert folded(["Coffee ＆ Cake", "咖啡配蛋糕", " A  B "]) == "coffee & cake 咖啡配蛋糕 a b"


def test_what_is_asked_for_is_a_few_words() -> None:
    assert words("Coffee  COFFEE cake") == ("coffee", "cake")
    assert len(words(" ".join("abcdefghijk"))) == 8
    assert words("   ") == ()


def test_pairs_of_letters_and_chinese_characters_are_found() -> None:
    assert grams("cafe 咖啡 b") == sorted(["ca", "af", "fe", "咖啡", "咖", "啡"])


@pytest.mark.parametrize(
    ("word", "sought"),
    [("cake", "%cake%"), ("50%", r"%50\%%"), ("a_b", r"%a\_b%"), ("\\", r"%\\%")],
)
def test_a_pattern_takes_every_letter_as_it_is(word: str, sought: str) -> None:
    assert pattern(word) == sought
