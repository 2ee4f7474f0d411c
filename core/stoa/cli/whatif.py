"""``stoa rules what-if``: a draft of a rule tried on stored purchases; nothing holds by it."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

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

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of, sit_down
from stoa.cli.rulefiles import read_rules
from stoa.database import find_database
from stoa.services import whatif
from stoa.services.whatif import Member, Run
from stoa.values.amounts import Rounding
from stoa.values.identifiers import public_id
from stoa.values.whatif import PayerLine, money_text, payers, spending
from stoa.work import Desk
from stoa.worker import worker_limits

__all__ = ["what_if"]

_MOST_HANDS = 4
_MOST_ROWS = 20
_Day = click.DateTime(["%Y-%m-%d"])
_WHY = {
    "pending": "they wait for their plugin and have earned nothing yet",
    "rules_gone": "the version of the rules that they name is not kept",
    "plugin_failed": "their plugin fails or is gone",
    "refused": "their plugin refuses them now",
    "unreadable": "what is stored of them can't be read",
}


@click.command(
    "what-if",
    cls=Taught,
    examples="""
        stoa rules what-if --ladder ladder.json
        stoa rules what-if --ladder main@3 --since 2026-01-01
        stoa rules what-if --campaign weekend.json --since 2026-01-01
        stoa rules what-if --rate grocery settings.json --since 2026-01-01
        stoa rules what-if --rounding half_up --json > rounding.json
    """,
)
@click.option(
    "--ladder", metavar="FILE|CODE[@VERSION]", help="A ladder: a file, or one that was saved."
)
@click.option("--campaign", metavar="FILE|CODE[@VERSION]", help="A campaign, likewise.")
@click.option(
    "--rate", nargs=2, metavar="PARTNER FILE", help="Other settings of a partner's plugin, JSON."
)
@click.option("--plugin", help="With --rate: another plugin for the partner.")
@click.option(
    "--rounding",
    type=click.Choice([each.value for each in Rounding]),
    help="Of a fraction of a point.",
)
@click.option("--since", type=_Day, help="Purchases from this business day on.")
@click.option("--until", type=_Day, help="Purchases up to this business day.")
@click.option("--day", type=_Day, help="With --ladder: members as they stand on this day.")
@click.option("--hands", type=click.IntRange(1, 64), help="Processes that count side by side.")
@click.option("--json", "plain", is_flag=True, help="Print one JSON object.")
def what_if(
    *,
    ladder: str | None,
    campaign: str | None,
    rate: tuple[str, str] | None,
    plugin: str | None,
    rounding: str | None,
    since: datetime | None,
    until: datetime | None,
    day: datetime | None,
    hands: int | None,
    plain: bool,
) -> None:
    """Try a draft of a rule on stored purchases and report what it would have come to.

    Points and cost by partner and payer, by the rules of now and by the draft; of a ladder also
    who would rise and fall, and what that does to the uplift. The rules of now come to what is
    stored; what older rules gave is told apart. Nothing is locked, and nothing is written but the
    run's own result, which the admin web shows too.
    """
    rules = [("ladder", ladder), ("campaign", campaign)]
    chosen = [(kind, text) for kind, text in rules if text is not None]
    if len(chosen) + bool(rate or plugin or rounding) != 1:
        raise click.UsageError("Say what is tried: --ladder, --campaign, or --rate or --rounding.")
    kind, draft = "rate", _rate(rate, plugin, rounding)
    if chosen:
        kind, draft = chosen[0][0], _rule(*chosen[0])
    settings = worker_limits(settings_of())
    url = find_database(settings).app_url
    started = monotonic()
    with open_desk(settings, url=url) as desk:
        with desk.work(ACTOR) as work:
            run_id = whatif.ask(
                work, kind, draft,
                since=_date(since), until=_date(until), day=_date(day),
            )  # fmt: skip
        with _shown(quiet=plain) as told:
            try:
                whatif.carry_on(
                    desk, run_id=run_id, told=told,
                    hands=hands or min(_MOST_HANDS, os.cpu_count() or 1),
                    open_desk=partial(sit_down, settings, url),
                )  # fmt: skip
                run = _ended(desk, run_id, told)
            except KeyboardInterrupt:
                with desk.work(ACTOR) as work:
                    whatif.cancel(work, run_id)
                raise
    if run.state != "done":
        raise click.ClickException(f"The run {run.state}. {run.fault}".strip())
    if plain:
        click.echo(json.dumps(_as_object(run), ensure_ascii=False))
        return
    with open_desk(settings, url=url) as desk, desk.work(ACTOR) as work:
        moved = whatif.members(work, run.id, most=_MOST_ROWS) if run.kind == "ladder" else []
    _tell(run, moved, monotonic() - started)


def _date(at: datetime | None) -> date | None:
    return at.date() if at else None


def _rule(kind: str, text: str) -> dict[str, Any]:
    """Return the draft of a rule: of a file, or of the version that ``CODE@VERSION`` names."""
    if not Path(text).exists():
        code, _, version = text.partition("@")
        if version and not version.isdecimal():
            raise click.UsageError(f"{text} is no file, and no CODE@VERSION.")
        return {"code": code, "version": int(version) if version else None}
    (rule,) = read_rules(Path(text))
    if rule.kind != kind:
        raise click.ClickException(f"{text} holds a {rule.kind}, no {kind}.")
    return {"code": rule.code, "document": rule.document}


def _rate(rate: tuple[str, str] | None, plugin: str | None, rounding: str | None) -> dict[str, Any]:
    if plugin and not rate:
        raise click.UsageError("--plugin needs --rate.")
    draft: dict[str, Any] = {"rounding": rounding}
    if rate is not None:
        draft |= {"partner": rate[0], "plugin": plugin, "settings": _object(Path(rate[1]))}
    return draft


def _object(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as wrong:
        raise click.ClickException(f"{path} can't be used: {wrong}") from wrong
    if not isinstance(found, dict):
        raise click.ClickException(f"{path} holds no JSON object.")
    return found


def _ended(desk: Desk, run_id: Any, told: Callable[[int, int], None]) -> Run:  # noqa: ANN401 - a UUID
    """Return the run when it has ended; a worker may have taken it first."""
    while True:
        with desk.work(ACTOR) as work:
            run = whatif.find(work, run_id)
        if run.ended:
            return run
        told(run.passed, run.total)
        time.sleep(0.5)


@contextmanager
def _shown(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    bars = (
        TextColumn("trying"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    screen = Console(stderr=True) if quiet else console()
    with Progress(*bars, console=screen, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda passed, total: progress.update(task, completed=passed, total=total or None)


def _tell(run: Run, moved: Sequence[Member], seconds: float) -> None:
    screen = console()
    counts = {name: row["n"] for name, row in run.tally["counts"].items()}
    number = counts.get("purchases", 0)
    screen.print(
        f"{number:,} purchases of {counts.get('members', 0):,} members,"
        f" {seconds:.1f} s, {number / seconds:,.0f} purchases/s"
    )
    _tell_honesty(run, counts, screen)
    heads = ("stored", "now", "draft", "change", "cost now", "cost of draft", "change of cost")
    table = a_table("partner", "payer", *heads, numbers=heads)
    lines = payers(run.tally)
    for line in lines:
        table.add_row(escape(line.partner), escape(line.payer), *_figures(line))
    if len(lines) != 1:
        table.add_row("all", "", *_figures(_total(lines)))
    screen.print(table)
    if run.kind == "ladder":
        _tell_moves(run, moved, screen)
    if run.kind == "campaign":
        budget = run.draft["document"]["budget_points"]
        paid, wanted, ended = spending(run.tally, budget)
        screen.print(
            f"It would have paid {paid:,} of its {budget:,} points on"
            f" {counts.get('reached', 0):,} purchases; caps bound {counts.get('capped', 0):,}."
        )
        if ended:
            screen.print(f"Its budget would have ended on {ended}; {wanted:,} points were wanted.")
    if run.kind != "ladder":
        changed, members = counts.get("changed", 0), counts.get("members_changed", 0)
        screen.print(f"{changed:,} purchases and {members:,} members would get other points.")
    screen.print(f"The admin web shows it with charts: {public_id('wif', run.id)}")


def _tell_moves(run: Run, moved: Sequence[Member], screen: Console) -> None:
    table = a_table("from", "to", "members", "points", numbers=("members", "points"))
    for key, row in sorted(run.tally["moves"].items()):
        before, after = key.split("|")
        if before != after:
            table.add_row(before, after, f"{row['members']:,}", f"{row['points']:+,}")
    if not table.row_count:
        screen.print("Nobody would move.")
        return
    screen.print(table)
    members = a_table("member", "name", "from", "to", "points", numbers=("points",))
    for each in moved:
        who = public_id("mem", each.member_id)
        members.add_row(who, escape(each.name), each.before, each.after, f"{each.points:+,}")
    screen.print(members)
    more = run.tally["counts"]["moved"]["n"] - len(moved)
    if more > 0:
        screen.print(f"and {more:,} more")


def _tell_honesty(run: Run, counts: Mapping[str, int], screen: Console) -> None:
    for why, row in sorted(run.tally["why"].items()):
        screen.print(f"{row['n']:,} are left out: {_WHY.get(why, why)}.")
    if counts.get("drift"):
        points = run.tally["counts"]["drift"]["points"]
        screen.print(
            f"{counts['drift']:,} were reckoned by older rules: the rules of now come to"
            f" {points:+,} points against what is stored."
        )
    if counts.get("unexplained"):
        named = ", ".join(each["purchase"] for each in run.tally["findings"][:5])
        screen.print(
            f"{counts['unexplained']:,} are stored otherwise than any rule explains: {named}."
            " Look at them with stoa ledger replay.",
            style="red",
        )
    if counts.get("standing_drift"):
        screen.print(
            f"{counts['standing_drift']:,} members stand otherwise than the rules of now place"
            " them: by a grace that runs, or an assessment still to come."
        )
    if run.kind == "ladder":
        if not counts.get("standing_drift"):
            screen.print("By the rules of now every member stands where they are kept.")
        screen.print(
            "Stored is the uplift of then; now and draft are as if everybody had stood all along"
            " where they would stand."
        )
    elif not counts.get("drift") and not counts.get("unexplained"):
        screen.print("The rules of now come to exactly what is stored: a difference of 0.")


def _total(lines: list[PayerLine]) -> PayerLine:
    names = ("stored", "current", "draft", "stored_micros", "current_micros", "draft_micros")
    return PayerLine("", "", *(sum(getattr(line, name) for line in lines) for name in names))


def _figures(line: PayerLine) -> tuple[str, ...]:
    return (
        f"{line.stored:,}", f"{line.current:,}", f"{line.draft:,}", f"{line.change:+,}",
        money_text(line.current_micros), money_text(line.draft_micros),
        money_text(line.change_micros),
    )  # fmt: skip


def _as_object(run: Run) -> dict[str, Any]:
    return {
        "run": public_id("wif", run.id),
        "kind": run.kind,
        "draft": dict(run.draft),
        "since": run.since.isoformat() if run.since else None,
        "until": run.until.isoformat() if run.until else None,
        **run.tally,
    }
