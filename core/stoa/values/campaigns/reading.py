"""Reading a campaign's document: every mistake with its place, and bounds so that none mints."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from stoa.values.campaigns.records import (
    EVERY,
    Campaign,
    Cap,
    Chosen,
    Fixed,
    Multiplier,
    Payer,
    Step,
    Tiered,
)
from stoa.values.conditions import CAMPAIGN
from stoa.values.documents import Reading

__all__ = ["read_campaign"]

_MOST_POINTS = 10**9
_MOST_BUDGET = 10**12
_MOST_MINOR = 10**15
_MOST_STEPS = 50
_MOST_PAYERS = 20
_MOST_WORDS = 500
_LONGEST_DAYS = 3660
_LONGEST_WORD = 64
_KINDS = ("multiplier", "fixed", "step", "tiered")
_STACKS = ("adds", "highest", "alone")
_WHOLE = 100


def read_campaign(document: Mapping[str, Any], code: str = "", version: int = 0) -> Campaign:
    """Read a campaign's document; see the package for how it is written.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place.
    """
    reading = Reading(dict(document))
    trigger = _trigger(reading)
    first, last = _day(reading, "from"), _day(reading, "until")
    if first and last and not 0 <= (last - first).days <= _LONGEST_DAYS:
        reading.wrong("until", "Write a day from the first one on, within ten years.")
    stacks = reading.choice("stacks", _STACKS, "adds")
    group = reading.word("group") if reading.has("group") else ""
    if stacks == "highest" and not group:
        reading.wrong("group", "Name the group of which the highest counts.")
    campaign = Campaign(
        code=code,
        name=reading.texts("name"),
        first=first or date.min,
        last=last or date.max,
        condition=reading.condition("condition", CAMPAIGN) if reading.has("condition") else None,
        lines=_lines(reading),
        bonus=_bonus(reading),
        caps=_caps(reading),
        budget_points=reading.whole("budget_points", 1, _MOST_BUDGET),
        group=group,
        priority=reading.whole("priority", 0, 1000, 0),
        stacks=stacks,
        payers=_payers(reading),
        holdout_percent=reading.whole("holdout_percent", 0, 50, 0),
        trigger=trigger,
        version=version,
    )
    reading.done()
    return campaign


def _trigger(reading: Reading) -> str:
    value = reading.raw("trigger")
    if value not in (None, "purchase"):
        text = "A campaign is of purchases: activities, referrals and challenges have points of"
        reading.wrong("trigger", f"{text} their own.")
    return "purchase"


def _day(reading: Reading, name: str) -> date | None:
    day = reading.day(name)
    return None if reading.place(name) in reading.errors else day


def _lines(reading: Reading) -> Chosen | None:
    if not reading.has("lines"):
        return None
    part = _part(reading, "lines")
    categories, skus = _words(part, "categories"), _words(part, "skus")
    if not categories and not skus:
        part.wrong("", "Name the categories or the articles that count.")
    part.close()
    return Chosen(categories, skus)


def _words(part: Reading, name: str) -> frozenset[str]:
    if not part.has(name):
        return frozenset()
    words = part.raw(name)
    fits = isinstance(words, list) and len(words) <= _MOST_WORDS
    if not fits or not all(map(_is_word, words)):
        part.wrong(name, f"Write a list of at most {_MOST_WORDS} words.")
        return frozenset()
    return frozenset(words)


def _bonus(reading: Reading) -> Multiplier | Fixed | Step | Tiered:
    part = _part(reading, "bonus")
    kind = part.choice("kind", _KINDS)
    bonus: Multiplier | Fixed | Step | Tiered
    if kind == "multiplier":
        bonus = Multiplier(part.whole("times_percent", 101, 10_000))
    elif kind == "fixed":
        bonus = Fixed(part.whole("points", 1, _MOST_POINTS))
    elif kind == "step":
        most = part.whole("most", 1, _MOST_POINTS) if part.has("most") else None
        bonus = Step(
            part.whole("every_minor", 1, _MOST_MINOR), part.whole("points", 1, _MOST_POINTS), most
        )
    else:
        bonus = Tiered(_steps(part))
    part.close()
    return bonus


def _steps(part: Reading) -> tuple[tuple[int, int], ...]:
    steps: list[tuple[int, int]] = []
    for step in _rows(part, "steps", _MOST_STEPS):
        row = (step.whole("from_minor", 1, _MOST_MINOR), step.whole("points", 1, _MOST_POINTS))
        if steps and not (row[0] > steps[-1][0] and row[1] >= steps[-1][1]):
            step.wrong("", "Steps rise, and no step gives less than the one before.")
        step.close()
        steps.append(row)
    return tuple(steps)


def _caps(reading: Reading) -> tuple[Cap, ...]:
    if not reading.has("caps"):
        return ()
    caps: dict[str, Cap] = {}
    for row in _rows(reading, "caps", 2 * len(EVERY), least=0):
        every = row.choice("every", EVERY)
        points = row.whole("points", 1, _MOST_BUDGET) if row.has("points") else None
        uses = row.whole("uses", 1, _MOST_POINTS) if row.has("uses") else None
        if points is None and uses is None:
            row.wrong("", "Say how many points or uses the cap allows.")
        before = caps.get(every, Cap(every))
        twice = points is not None and before.points is not None
        if twice or (uses is not None and before.uses is not None):
            row.wrong("every", "There is a cap of this period already.")
        caps[every] = Cap(
            every,
            before.points if points is None else points,
            before.uses if uses is None else uses,
        )
        row.close()
    return tuple(caps[every] for every in EVERY if every in caps)


def _payers(reading: Reading) -> tuple[Payer, ...]:
    if not reading.has("payers"):
        return (Payer("operator", _WHOLE),)
    payers: list[Payer] = []
    for row in _rows(reading, "payers", _MOST_PAYERS):
        payer, part = row.raw("payer"), row.whole("share", 1, _WHOLE)
        known = isinstance(payer, str) and (
            payer in ("operator", "partner") or (payer.startswith("prt:") and len(payer) > 4)  # noqa: PLR2004
        )
        if not known:
            row.wrong("payer", 'Write "operator", "partner" or "prt:" and a partner\'s code.')
        elif payer in {each.payer for each in payers}:
            row.wrong("payer", "This one pays already.")
        row.close()
        payers.append(Payer(str(payer), part))
    if sum(each.share for each in payers) != _WHOLE:
        reading.wrong("payers", "The shares are 100 percent together.")
    return tuple(payers)


def _part(reading: Reading, name: str) -> Reading:
    return Reading(reading.raw(name), reading.place(name), reading.errors)


def _rows(reading: Reading, name: str, most: int, *, least: int = 1) -> list[Reading]:
    rows = reading.raw(name)
    if not isinstance(rows, list) or not least <= len(rows) <= most:
        reading.wrong(name, f"Write a list of {least} to {most} rows.")
        return []
    here = reading.place(name)
    return [Reading(row, f"{here}.{place}", reading.errors) for place, row in enumerate(rows)]


def _is_word(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_WORD and value.isprintable()


def _names(part: Reading) -> None:
    part.close()
