"""Readers of rule documents: what is written is read, or refused with its places."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mutants import DOCUMENTS, mutant
from stoa.values.activities import read_activity
from stoa.values.benefits import read_benefit
from stoa.values.campaigns import read_campaign
from stoa.values.challenges import read_challenge
from stoa.values.chances import read_chance
from stoa.values.conditions import WrongRuleError
from stoa.values.coupons import read_pool
from stoa.values.ladders import read_ladder
from stoa.values.lotteries import read_lottery
from stoa.values.referrals import read_referral
from stoa.values.rewards import read_reward
from stoa.values.segments import read_segment

READERS: Mapping[str, Callable[[Mapping[str, Any]], object]] = MappingProxyType(
    {
        "activity": read_activity,
        "benefit": read_benefit,
        "campaign": read_campaign,
        "challenge": read_challenge,
        "chance": read_chance,
        "coupon": read_pool,
        "draw": read_lottery,
        "ladder": read_ladder,
        "referral": read_referral,
        "reward": read_reward,
        "segment": read_segment,
    }
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    max_leaves=20,
)


def refused(kind: str, document: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what is wrong in a document; nothing where it is read."""
    try:
        READERS[kind](document)
    except WrongRuleError as wrong:
        return dict(wrong.errors)
    return {}


@settings(max_examples=1500, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_a_spoilt_document_is_read_or_refused_with_its_places(seed: int) -> None:
    wrong = refused(*mutant(seed))
    assert all(texts and all(texts) for texts in wrong.values())


@pytest.mark.parametrize("kind", sorted(READERS))
@settings(max_examples=50, deadline=None)
@given(document=st.dictionaries(st.text(), ANYTHING))
def test_anything_at_all_is_refused(kind: str, document: dict[str, Any]) -> None:
    assert refused(kind, document)


@pytest.mark.parametrize("spoilt", ["a\x00b", "\ud800", "a\nb"])
def test_words_that_no_database_keeps_are_refused_wherever_they_stand(spoilt: str) -> None:
    for kind, document in DOCUMENTS:
        for holder, name in _texts(document):
            kept, holder[name] = holder[name], spoilt
            assert refused(kind, document), (kind, name)
            holder[name] = kept


def _texts(part: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for key in part if isinstance(part, dict) else range(len(part)):
        if isinstance(part[key], str):
            found.append((part, key))
        elif isinstance(part[key], dict | list):
            found += _texts(part[key])
    return found
