"""The condition editor: what it draws comes back as it was, and its buttons do what they say."""

from typing import Any

import pytest
from apiflask import APIFlask
from flask import render_template_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formfields import fields_of
from stoa.values.conditions import (
    CAMPAIGN,
    CHALLENGE,
    SEGMENT,
    TIER,
    Fact,
    FactKind,
    Vocabulary,
    WrongRuleError,
    read_condition,
)
from stoa_admin.rules import facts
from stoa_admin.rules.choices import Choices
from stoa_admin.rules.drawing import Sheet, draw
from stoa_admin.rules.mistakes import Mistakes
from stoa_admin.rules.parts import Part, PartKind
from stoa_admin.rules.reading import press, read
from stoa_admin.rules.trees import OPERATORS

VOCABULARIES = (TIER, CAMPAIGN, CHALLENGE, SEGMENT)
CHOICES = Choices(
    {
        "tiers": [("basic", "Basic"), ("silver", "Silver"), ("gold", "Gold")],
        "challenges": [("year", "The year")],
        "ladders": [("main", "Main")],
        "activities": [("check-in", "Check in")],
        "partners": [("grocery", "Harbour Grocery"), ("cinema", "Star Cinema")],
    }
)
PAGE = (
    '{% from "admin/rules/parts.html" import part with context %}'
    "{% for each in fields %}{{ part(each) }}{% endfor %}"
)
WINDOWS = {
    "day": "day", "days": "30 days", "months": "12 months", "calendar month": "calendar month",
    "calendar year": "calendar year", "membership year": "membership year", "ever": "ever",
}  # fmt: skip
typed_words = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x4FFF, categories=["L", "N", "P", "S"],
                  exclude_characters="|"),
    min_size=1, max_size=20,
).filter(str.isprintable)  # fmt: skip


def a_leaf(vocabulary: Vocabulary) -> "st.SearchStrategy[Any]":
    return st.sampled_from(sorted(vocabulary)).flatmap(lambda name: _leaf(vocabulary[name]))


def _leaf(fact: Fact) -> "st.SearchStrategy[Any]":
    names = [value for value, _label in CHOICES.of_fact(fact) or []]
    values: dict[FactKind, st.SearchStrategy[Any]] = {
        FactKind.WHOLE: st.integers(fact.low, fact.high),
        FactKind.FLAG: st.booleans(),
        FactKind.WORD: _some(names),
        FactKind.WORDS: _some(names),
    }
    parts = {
        "fact": st.just(fact.name),
        "is": st.sampled_from(OPERATORS[fact.kind]),
        "value": values[fact.kind],
    }
    if fact.spans:
        parts["over"] = st.sampled_from([WINDOWS[span] for span in sorted(fact.spans)]) | st.builds(
            "{} days".format, st.integers(1, 3660)
        )
    if fact.of:
        parts["of"] = st.sampled_from([v for v, _l in CHOICES.beside(fact)]) | typed_words
    return st.fixed_dictionaries(parts)


def _some(names: list[str]) -> "st.SearchStrategy[list[str]]":
    """Return lists of words: of choices in their order, else as they are typed."""
    if not names:
        return st.lists(typed_words, min_size=1, max_size=4)
    chosen = st.lists(st.sampled_from(names), min_size=1, unique=True)
    return chosen.map(lambda found: sorted(found, key=names.index))


def a_tree(vocabulary: Vocabulary) -> "st.SearchStrategy[Any]":
    return st.recursive(
        a_leaf(vocabulary),
        lambda inner: st.one_of(
            st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda part: {"not": part}, inner),
        ),
        max_leaves=8,
    )


def a_part(vocabulary: Vocabulary) -> Part:
    return Part(PartKind.CONDITION, "condition", "Condition", vocabulary=vocabulary)


def drawn(app: APIFlask, part: Part, document: Any, errors: Any = None) -> str:
    """Return the page of a form with one condition."""
    sheet = Sheet(CHOICES, Mistakes(errors), "CNY", 2)
    with app.test_request_context("/admin/rules"):
        fields = draw([part], {"condition": document}, sheet)
        return render_template_string(PAGE, fields=fields, fresh="")


def reread(part: Part, page: str) -> Any:
    return read([part], fields_of(page), money_decimals=2)["condition"]


@pytest.mark.parametrize(
    "vocabulary", VOCABULARIES, ids=["tier", "campaign", "challenge", "segment"]
)
def test_whatever_a_rule_can_ask_for_comes_back_as_it_was(
    app: APIFlask, vocabulary: Vocabulary
) -> None:
    part = a_part(vocabulary)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(a_tree(vocabulary))
    def goes_round(document: Any) -> None:
        try:
            read_condition(document, vocabulary)
        except WrongRuleError:
            return  # too deep or too large: it is refused when saved
        assert reread(part, drawn(app, part, document)) == document

    goes_round()


@pytest.mark.parametrize(
    "vocabulary", VOCABULARIES, ids=["tier", "campaign", "challenge", "segment"]
)
def test_every_fact_has_a_label(app: APIFlask, vocabulary: Vocabulary) -> None:
    with app.test_request_context("/admin/rules"):
        groups = dict(facts.facts_of(vocabulary))
    assert "Others" not in groups
    assert sum(map(len, groups.values())) == len(vocabulary)


def test_money_is_typed_in_major_units(app: APIFlask) -> None:
    leaf = {"fact": "spend", "over": "30 days", "is": ">=", "value": 80050}
    page = drawn(app, a_part(TIER), leaf)
    assert 'value="800.50"' in page
    form = fields_of(page)
    form["condition~~value"] = "1,200.5"
    assert read([a_part(TIER)], form, money_decimals=2)["condition"]["value"] == 120050


def test_what_is_no_number_stays_as_it_was_typed_and_is_told_at_its_field(app: APIFlask) -> None:
    leaf = {"fact": "spend", "over": "day", "is": ">=", "value": "lots"}
    tree = {"any": [{"fact": "visits", "over": "day", "is": ">=", "value": 1}, {"not": leaf}]}
    with pytest.raises(WrongRuleError) as wrong:
        read_condition(tree, TIER, path="condition")
    assert list(wrong.value.errors) == ["condition.any.1.not.value"]
    page = drawn(app, a_part(TIER), tree, wrong.value.errors)
    assert page.count('aria-invalid="true"') == 1
    assert 'id="f-condition_1_value-error">Write a whole number from 0 to' in page
    assert reread(a_part(TIER), page) == tree


def test_another_fact_leaves_behind_what_was_not_its_own(app: APIFlask) -> None:
    leaf = {"fact": "spend", "over": "30 days", "is": ">=", "value": 80000}
    form = fields_of(drawn(app, a_part(CAMPAIGN), leaf))
    form["condition~~fact"] = "weekday"
    changed = read([a_part(CAMPAIGN)], form, money_decimals=2)["condition"]
    assert changed == {"fact": "weekday", "is": "in", "value": []}
    form["condition~~fact"] = "birthday"
    changed = read([a_part(CAMPAIGN)], form, money_decimals=2)["condition"]
    assert changed == {"fact": "birthday", "is": "=", "value": True}


A, B, C = ({"fact": name} for name in ("spend", "visits", "purchases"))
EMPTY = {"fact": ""}


@pytest.mark.parametrize(
    ("before", "button", "after"),
    [
        (None, "leaf:condition~", EMPTY),
        (None, "group:condition~", {"any": [EMPTY]}),
        (A, "leaf:condition~", {"all": [A, EMPTY]}),
        ({"all": [A]}, "leaf:condition~", {"all": [A, EMPTY]}),
        ({"all": [A]}, "group:condition~", {"all": [A, {"any": [EMPTY]}]}),
        ({"all": [A, {"any": [B]}]}, "leaf:condition~1", {"all": [A, {"any": [B, EMPTY]}]}),
        ({"all": [A, B, C]}, "drop:condition~1", {"all": [A, C]}),
        ({"all": [A, B]}, "drop:condition~", None),
        ({"all": [A, B, C]}, "raise:condition~2", {"all": [A, C, B]}),
        ({"all": [A, B, C]}, "lower:condition~0", {"all": [B, A, C]}),
        ({"all": [A, {"any": [B]}]}, "lower:condition~0", {"all": [{"any": [A, B]}]}),
        ({"all": [{"any": [A, B]}, C]}, "raise:condition~1", {"all": [{"any": [A, B, C]}]}),
        ({"all": [{"any": [A, B]}, C]}, "raise:condition~0.0", {"all": [A, {"any": [B]}, C]}),
        ({"all": [{"any": [A, B]}, C]}, "lower:condition~0.1", {"all": [{"any": [A]}, B, C]}),
        ({"all": [{"any": [A]}, {"any": [B]}]}, "raise:condition~1",
         {"all": [{"any": [B]}, {"any": [A]}]}),
        ({"all": [A, B]}, "raise:condition~0", {"all": [A, B]}),
        ({"all": [A, B]}, "drop:condition~7", {"all": [A, B]}),
        ({"not": {"any": [A]}}, "leaf:condition~", {"not": {"any": [A, EMPTY]}}),
    ],
)  # fmt: skip
def test_the_buttons_change_the_tree(before: Any, button: str, after: Any) -> None:
    document = {"condition": before} if before else {}
    changed, _fresh = press([a_part(TIER)], document, button)
    assert changed["condition"] == after


def test_none_of_these_is_a_group_turned_round(app: APIFlask) -> None:
    leaf = {"fact": "visits", "over": "day", "is": ">=", "value": 1}
    part = a_part(TIER)
    form = fields_of(drawn(app, part, {"any": [leaf]}))
    form["condition~~kind"] = "none"
    assert read([part], form, money_decimals=2)["condition"] == {"not": {"any": [leaf]}}
    form["condition~~kind"] = "not all"
    assert read([part], form, money_decimals=2)["condition"] == {"not": {"all": [leaf]}}
