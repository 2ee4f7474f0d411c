"""``stoa ledger replay``: what purchases earned, recomputed from the rules of their time."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.errors import PartnerUnknownError, PurchaseUnknownError
from stoa.services import replay as replays
from stoa.services import rosters
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.replays import Outcome, Replayed, Suspect, Totals, Why
from stoa.values.wire import as_json
from stoa.work import Work

__all__ = ["replay"]

_MOST_OF_FIGURES = 12
_MOST_ROWS = 6
_HEADS = ("purchase", "partner", "version", "where", "field", "stored", "recomputed", "why")
_WHY = {
    Why.PENDING: "it waits for its plugin and has earned nothing yet",
    Why.PLUGIN_GONE: "its plugin is not installed any more",
    Why.PLUGIN_FAILED: "its plugin failed when it was asked again",
    Why.PLUGIN_CHANGED: "its plugin's code is another one now",
    Why.RULES_GONE: "the version of the rules that it names is not kept",
    Why.FACTS_MISSING: "not all that decided was kept then",
    Why.UNREADABLE: "what is stored of it can't be read",
    Why.REFUSED: "its plugin would refuse it",
    Why.LINES_DIFFER: "other points come out",
}
_SUSPECTS = {
    Suspect.EXPLANATION: "the explanation was changed",
    Suspect.POSTINGS: "a posting was changed",
    Suspect.RULES: "the purchase or the kept rules were changed",
    Suspect.PLUGIN: "the plugin's code reckons otherwise",
}


@click.command(
    cls=Taught,
    examples="""
        stoa ledger replay pur_01m81530xbevn90dmr8rb2pw0w
        stoa ledger replay --all --partner grocery --since 2026-05-01
        stoa ledger replay --all --json > replay.json
    """,
)
@click.argument("purchases", nargs=-1, metavar="[PURCHASE_ID]...")
@click.option("--all", "every", is_flag=True, help="All purchases.")
@click.option("--partner", "code", help="Only those of the partner of this code.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only from this business day on.")
@click.option("--json", "plain", is_flag=True, help="Print one JSON object.")
def replay(
    purchases: tuple[str, ...],
    *,
    every: bool,
    code: str | None,
    since: datetime | None,
    plain: bool,
) -> None:
    """Recompute what purchases earned from the rules kept of their time.

    The plugin is asked again with the settings, the standing and the terms of points of then; what
    comes out must be what stands in the explanation and the postings. Nothing is written or locked.
    Ends with 1 when anything differs.
    """
    if bool(purchases) == every or (purchases and (code or since)):
        raise click.UsageError("Name purchases, or give --all, with --partner or --since.")
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        codes = {each.id: each.code for each in rosters.find_partners(work)}
        if every:
            day = since.date() if since else None
            totals = _all(work, _partner(codes, code), day, quiet=plain)
        else:
            totals = Totals()
            for each in purchases:
                totals.add(_one(work, each))
    if plain:
        click.echo(json.dumps(_as_object(totals, codes), ensure_ascii=False))
    else:
        _tell(totals, codes)
    different = totals.counts[Outcome.DIFFERENT]
    if different and not plain:
        raise click.ClickException(f"{different:,} purchases come out otherwise than they stand.")
    if different:
        raise click.exceptions.Exit(1)


def _one(work: Work, purchase: str) -> Replayed:
    purchase_id = uuid_of("pur", purchase)
    if purchase_id is None:
        raise PurchaseUnknownError
    return replays.replay(work, replays.owner_of(work, purchase_id), purchase_id)


def _all(work: Work, partner: UUID | None, since: date | None, *, quiet: bool) -> Totals:
    with _shown(replays.expected(work), quiet=quiet) as told:
        return replays.replay_all(work, since=since, partner=partner, told=told)


@contextmanager
def _shown(total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    bars = (
        TextColumn("replaying"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    screen = Console(stderr=True) if quiet else console()
    with Progress(*bars, console=screen, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda passed: progress.update(task, completed=passed)


def _partner(codes: dict[UUID, str], code: str | None) -> UUID | None:
    if code is None:
        return None
    for partner_id, known in codes.items():
        if known == code:
            return partner_id
    raise PartnerUnknownError(f"No partner has the code {code}.")


def _tell(totals: Totals, codes: dict[UUID, str]) -> None:
    screen = console()
    counts = totals.counts
    screen.print(
        f"{totals.done:,} purchases: {counts[Outcome.EQUAL]:,} come out as they stand,"
        f" {counts[Outcome.DIFFERENT]:,} differ,"
        f" {counts[Outcome.NOT_REPLAYABLE]:,} can't be replayed."
    )
    for name, number in totals.missing.items():
        screen.print(f"{number:,} of before {name} was kept: it is taken as it is now.")
    for why, number in totals.why.items():
        screen.print(f"{number:,} of them: {_WHY[why]}.")
    for (partner, version), (different, of) in totals.versions.items():
        if different == of > 1:
            name = codes.get(partner, str(partner))
            screen.print(f"Every purchase of {name} at version {version} differs: look there.")
    table = a_table(*_HEADS)
    for each in totals.findings:
        for row in _rows(each, codes):
            table.add_row(*map(escape, row))
    if totals.findings:
        screen.print(table)


def _rows(each: Replayed, codes: dict[UUID, str]) -> Iterator[tuple[str, ...]]:
    why = _SUSPECTS[each.suspect] if each.suspect else ", ".join(_WHY[one] for one in each.why)
    if Why.PLUGIN_CHANGED in each.why:
        why += f"; {each.plugin} was {each.plugin_then} and is {each.plugin_now or 'not known'} now"
    head = (
        public_id("pur", each.purchase_id), codes.get(each.partner_id, ""),
        "" if each.partner_version is None else str(each.partner_version),
    )  # fmt: skip
    if not each.differences:
        yield (*head, "", "", "", "", why)
    for place, one in enumerate(each.differences[:_MOST_ROWS]):
        what = (f"{one.where} {one.line}", one.field, _short(one.stored), _short(one.recomputed))
        yield (*(head if place == 0 else ("", "", "")), *what, why if place == 0 else "")


def _short(value: object) -> str:
    """Return a value as a table has room for it; the text beside figures tells them."""
    text = str(value)
    return f"{text[:_MOST_OF_FIGURES]}…" if isinstance(value, list) and value else text


def _as_object(totals: Totals, codes: dict[UUID, str]) -> dict[str, Any]:
    return {
        "purchases": totals.done,
        **{outcome.value: totals.counts[outcome] for outcome in Outcome},
        "why": {why.value: number for why, number in totals.why.items()},
        "missing": dict(totals.missing),
        "versions": [
            {"partner": codes.get(partner, ""), "version": version, "different": bad, "of": of}
            for (partner, version), (bad, of) in totals.versions.items()
            if bad
        ],
        "findings": [_finding(each, codes) for each in totals.findings],
    }


def _finding(each: Replayed, codes: dict[UUID, str]) -> dict[str, Any]:
    return {
        "purchase": public_id("pur", each.purchase_id),
        "partner": codes.get(each.partner_id, ""),
        "outcome": each.outcome.value,
        "why": [why.value for why in each.why],
        "missing": list(each.missing),
        "suspect": each.suspect.value if each.suspect else None,
        "plugin": each.plugin,
        "plugin_then": each.plugin_then,
        "plugin_now": each.plugin_now,
        "partner_version": each.partner_version,
        "agreement_version": each.agreement_version,
        "currency_version": each.currency_version,
        "differences": [
            {
                "where": one.where.value, "line": one.line, "field": one.field,
                "stored": one.stored, "recomputed": one.recomputed,
            }
            for one in each.differences
        ],
        "stored": list(each.stored),
        "recomputed": as_json(each.recomputed),
    }  # fmt: skip
