"""What a what-if came to, as its page draws it: rows of tables, from which the charts are drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from stoa.services.whatif import Member, Run
from stoa.values.amounts import Money, Rounding, divide, minor_exponent
from stoa.values.conditions.wording import missing
from stoa.values.rates import decimal_text
from stoa.values.settings import Kind, Setting
from stoa.values.speech import Speech
from stoa.values.whatif import PayerLine, payers, spending
from stoa_admin.language import gettext, noted
from stoa_admin.rules.choices import name_of

__all__ = ["Bucket", "Cell", "Figures", "differences", "figures", "money_of", "moved", "tiers_of"]

_MICRO_PLACES = 6
_MOST_DAYS = 400
_WHY = {
    "pending": noted("still pending"),
    "rules_gone": noted("its rules of then are not kept"),
    "plugin_failed": noted("its plugin failed or is gone"),
    "refused": noted("its plugin refuses it now"),
    "unreadable": noted("what is stored of it can't be read"),
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Members whose change lies in one range of sizes; `share` is in percent of all."""

    label: str
    members: int
    share: float


@dataclass(frozen=True, slots=True)
class Cell:
    """Members who go from one tier to another; `way` is ``rise``, ``fall`` or ``stay``."""

    members: int
    way: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to.

    Attributes:
        lines: by partner and payer; `total` is their sum.
        days: points by the rules of now and by the draft; by month where there are many days.
        left_out: why purchases were not reckoned, and how many.
        moves: members by tier of now and then by tier of the draft, both from the lowest.
        spent: of a campaign the budget, the points paid of it, those wanted, and its last day.
    """

    lines: Sequence[PayerLine]
    total: PayerLine
    days: Sequence[tuple[date, int, int]]
    by_month: bool
    spread: Sequence[Bucket]
    largest: Sequence[Mapping[str, Any]]
    left_out: Sequence[tuple[str, int]]
    findings: Sequence[Mapping[str, Any]]
    counts: Mapping[str, Mapping[str, int]]
    moves: Sequence[tuple[str, Sequence[Cell]]]
    spent: tuple[int, int, int, date | None] | None

    def count(self, name: str, figure: str = "n") -> int:
        """Return one of the whole numbers of the tally."""
        return self.counts.get(name, {}).get(figure, 0)


def figures(run: Run) -> Figures:
    """Return what a run came to, or has come to so far."""
    tally = run.tally
    lines = payers(tally)
    days, by_month = _days(tally["days"])
    return Figures(
        lines, _total(lines), days, by_month, list(_spread(tally["spread"])), tally["largest"],
        [(_why(why), row["n"]) for why, row in sorted(tally["why"].items())],
        tally["findings"], tally["counts"], _moves(run),
        _spent(run),
    )  # fmt: skip


def tiers_of(run: Run) -> dict[str, str]:
    """Return the tiers of the draft's ladder by code, from the lowest, in the page's language."""
    return _tiers(run.draft["document"]) if run.kind == "ladder" else {}


def moved(run: Run, member: Member, tiers: Mapping[str, str], speech: Speech) -> str:
    """Say what a member who falls would lack, by the draft; empty for one who rises."""
    if not member.missing:
        return ""
    goal = tiers.get(member.before, member.before)
    return speech.sentence(missing(member.missing, speech, on=run.day, goal=goal))


def money_of(micros: int, currency: str) -> Money:
    """Return millionths of a whole unit of money as an amount, rounded half to even."""
    scale = 10 ** (_MICRO_PLACES - minor_exponent(currency))
    return Money(divide(micros, scale, Rounding.HALF_EVEN), currency)


def differences(
    settings: Sequence[Setting], was: Mapping[str, Any], now: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Return label, value of then and value tried of each setting that the draft changes."""
    found = []
    for setting in settings:
        old, new = (each.get(setting.name, setting.default) for each in (was, now))
        if setting.kind is Kind.TABLE:
            old, new = list(old), list(new)
        if old != new:
            found.append((setting.label, _text(setting, old), _text(setting, new)))
    return found


def _text(setting: Setting, value: Any) -> str:  # noqa: ANN401 - by the setting's kind
    if setting.kind is Kind.TABLE:
        rows = (
            " ".join(_text(column, row.get(column.name)) for column in setting.columns)
            for row in value
        )
        return "; ".join(rows) or "–"
    if setting.kind is Kind.DECIMAL and isinstance(value, int):
        return decimal_text(value)
    return str(value)


def _why(word: str) -> str:
    return gettext(_WHY[word]) if word in _WHY else word


def _total(lines: Sequence[PayerLine]) -> PayerLine:
    names = (
        "stored", "current", "draft", "stored_micros", "current_micros", "draft_micros",
    )  # fmt: skip
    return PayerLine("", "", *(sum(getattr(line, name) for line in lines) for name in names))


def _days(rows: Mapping[str, Mapping[str, int]]) -> tuple[list[tuple[date, int, int]], bool]:
    days = [
        (date.fromisoformat(day), row.get("current", 0), row.get("draft", 0))
        for day, row in sorted(rows.items())
    ]
    if len(days) <= _MOST_DAYS:
        return days, False
    months = [
        (first, [row[1:] for row in group])
        for first, group in groupby(days, key=lambda row: row[0].replace(day=1))
    ]
    return [(first, sum(a for a, _ in of), sum(b for _, b in of)) for first, of in months], True


def _spent(run: Run) -> tuple[int, int, int, date | None] | None:
    if run.kind != "campaign":
        return None
    budget = run.draft["document"]["budget_points"]
    paid, wanted, ended = spending(run.tally, budget)
    return budget, paid, wanted, date.fromisoformat(ended) if ended else None


def _moves(run: Run) -> list[tuple[str, Sequence[Cell]]]:
    """Return who goes where: a row a tier of now, a cell a tier of the draft."""
    if run.kind != "ladder":
        return []
    against = run.draft["against"]
    draft = list(tiers_of(run))
    now = list(_tiers(against["document"])) if against else draft[:1]
    names = (_tiers(against["document"]) if against else {}) | tiers_of(run)

    def cell(before: str, after: str) -> Cell:
        members = run.tally["moves"].get(f"{before}|{after}", {}).get("members", 0)
        place = draft.index(before) if before in draft else now.index(before)
        to = draft.index(after)
        return Cell(members, "stay" if to == place else "rise" if to > place else "fall")

    return [(names[before], [cell(before, after) for after in draft]) for before in now]


def _tiers(document: Mapping[str, Any]) -> dict[str, str]:
    return {tier["code"]: name_of(tier, tier["code"]) for tier in document["tiers"]}


def _spread(rows: Mapping[str, Mapping[str, int]]) -> Iterator[Bucket]:
    everybody = sum(row["n"] for row in rows.values())
    for size, row in sorted((int(size), row) for size, row in rows.items()):
        share = round(100 * row["n"] / everybody, 1)
        yield Bucket(_range(size), row["n"], share)


def _range(size: int) -> str:
    """Return the range of a bucket: 100 is ``+10 … +99``."""
    if size == 0:
        return gettext("no change")
    sign = "+" if size > 0 else "−"
    least, most = abs(size) // 10, abs(size) - 1
    return f"{sign}{least:,} … {sign}{most:,}"
