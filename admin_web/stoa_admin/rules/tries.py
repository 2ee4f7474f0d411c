"""The example purchase beside a campaign's form: what its draft would pay, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request

from stoa.errors import InvalidRuleError, StoaError
from stoa.services import campaigns, examples, rosters
from stoa.services.examples import Example, Tried
from stoa.values.arithmetic import tell
from stoa.values.conditions import Ask, FactKind, Trace
from stoa.values.conditions.wording import found
from stoa.work import Work
from stoa_admin.language import gettext
from stoa_admin.rules import facts
from stoa_admin.rules.numbers import read_number
from stoa_admin.rules.telling import Words
from stoa_admin.rules.trees import scale_of

__all__ = ["Trial", "trial"]

_MOST_MINOR = 10**12
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Earned:
    """A line that the example would earn: what for, how reckoned, who pays."""

    label: str
    arithmetic: str
    payer: str
    points: int


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the condition as it came out, at its depth."""

    text: str
    holds: bool
    depth: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A field for what the campaign asks of the member besides the tier."""

    name: str
    label: str
    unit: str
    value: str
    flag: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """The example as it is drawn; `problem` says why there is no result."""

    given: Mapping[str, str]
    stores: Sequence[tuple[str, str]]
    tiers: Sequence[tuple[str, str]]
    asked: Sequence[Asked] = ()
    lines: Sequence[Earned] = ()
    steps: Sequence[Step] = ()
    points: int = 0
    on: bool = True
    problem: str = ""


def trial(work: Work, document: Mapping[str, Any], words: Words) -> Trial:
    """Reckon the example of the form with the draft in it."""
    stores, tiers = words.choices.of("stores"), words.choices.of("tiers")
    day = str(document.get("from") or "") or work.today().isoformat()
    given = {
        "store": stores[0][0] if stores else "", "amount": "100", "day": day, "hour": "12",
        "tier": tiers[0][0] if tiers else "", "category": "",
    }  # fmt: skip
    given |= {name: request.form[f"try.{name}"] for name in given if f"try.{name}" in request.form}
    plain = Trial(given, stores, tiers)
    if not stores:
        return _without(plain, gettext("There is no store yet."))
    try:
        campaign = campaigns.read(document, "draft")
    except InvalidRuleError:
        return _without(plain, gettext("Finish the form above to see what this would earn."))
    asked = _asked(examples.asked_of_member(campaign), words)
    example = _example(work, given, asked, words)
    if example is None:
        return _without(plain, gettext("Write an amount, a day and an hour."), asked)
    try:
        tried = examples.try_campaign(work, document, example)
    except StoaError as refused:
        return _without(plain, str(refused), asked)
    steps = tuple(_steps(tried.trace, words, example.day)) if tried.trace else ()
    return Trial(
        given, stores, tiers, [each for each, _ask in asked], _lines(tried, words), steps,
        tried.points, tried.on,
    )  # fmt: skip


def _without(plain: Trial, problem: str, asked: Sequence[tuple[Asked, Ask]] = ()) -> Trial:
    fields = [each for each, _ask in asked]
    return Trial(plain.given, plain.stores, plain.tiers, fields, problem=problem)


def _asked(asks: Sequence[Ask], words: Words) -> list[tuple[Asked, Ask]]:
    """Return the fields of what is asked of the member: numbers, and yes or no."""
    drawn = []
    for ask in asks:
        name = f"try.fact.{ask.key}"
        if ask.fact.kind not in (FactKind.WHOLE, FactKind.FLAG):
            continue
        label = facts.fact_label(ask.fact.name)
        if ask.over is not None:
            label = f"{label}, {facts.window_label(ask.over)}"
        flag = ask.fact.kind is FactKind.FLAG
        unit = facts.unit_of(ask.fact, words.money)
        drawn.append((Asked(name, label, unit, request.form.get(name, ""), flag), ask))
    return drawn


def _example(
    work: Work, given: Mapping[str, str], asked: Sequence[tuple[Asked, Ask]], words: Words
) -> Example | None:
    partner, _, store = given["store"].partition("/")
    minor = read_number(given["amount"].strip(), words.money_decimals)
    partners = {each.code: each.id for each in rosters.find_partners(work)}
    hour = read_number(given["hour"].strip(), 0)
    try:
        day = date.fromisoformat(given["day"])
    except ValueError:
        return None
    if not isinstance(minor, int) or not 0 < minor <= _MOST_MINOR or partner not in partners:
        return None
    if not isinstance(hour, int) or not 0 <= hour < _HOURS:
        return None
    known: dict[str, Any] = {}
    for each, ask in asked:
        value = read_number(each.value.strip(), scale_of(ask.fact, words.money_decimals))
        if each.flag and each.value:
            known[ask.key] = each.value == "yes"
        elif not each.flag and isinstance(value, int):
            known[ask.key] = value
    return Example(
        partners[partner], store, minor, day, given["tier"], hour, given["category"].strip(),
        facts=known,
    )  # fmt: skip


def _lines(tried: Tried, words: Words) -> list[Earned]:
    payers = dict(words.choices.of("payers"))
    tiers = dict(words.choices.of("tiers"))
    lines = []
    for line in tried.lines:
        kind, _, name = line.reason.partition(":")
        label = {
            "base": gettext("Base points"),
            "campaign": gettext("This campaign"),
            "tier_uplift": gettext("For the tier %(tier)s", tier=tiers.get(name, name)),
        }.get(kind, line.reason)
        says = tell(line.says, words.speech) if line.says else line.arithmetic
        lines.append(Earned(label, says, payers.get(line.payer, line.payer), line.points))
    return lines


def _steps(trace: Trace, words: Words, day: date, depth: int = 0) -> list[Step]:
    """Return the parts of a trace, each with what was found."""
    if trace.kind == "fact":
        return [Step(found(trace, words.speech, on=day), trace.holds, depth)]
    heads = {
        "all": gettext("All of these hold"),
        "any": gettext("At least one of these holds"),
        "not": gettext("This must not hold"),
    }
    steps = [Step(heads[trace.kind], trace.holds, depth)]
    for part in trace.parts:
        steps.extend(_steps(part, words, day, depth + 1))
    return steps
