"""``stoa plugin try``: recent purchases, asked again of the code that is installed here."""

from datetime import timedelta

import click
from rich.markup import escape

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.errors import PluginUnknownError
from stoa.services import partners, replay, rosters
from stoa.values.identifiers import public_id
from stoa.values.replays import Outcome, Replayed, Totals, Why

__all__ = ["try_plugin"]

_ALARMS = (Why.PLUGIN_FAILED, Why.REFUSED, Why.LINES_DIFFER)


@click.command(
    "try",
    cls=Taught,
    examples="""
        stoa plugin try cinema
        stoa plugin try cinema --days 30 --most 10000
    """,
)
@click.argument("name")
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1, 366),
    help="Purchases of the last so many days.",
)  # fmt: skip
@click.option(
    "--most", default=1000, show_default=True, type=click.IntRange(1, 1_000_000),
    help="At most so many purchases of each partner.",
)  # fmt: skip
def try_plugin(name: str, *, days: int, most: int) -> None:
    """Ask the plugin NAME, as it is installed here, about its partners' recent purchases again.

    Run it where the new code is installed and nothing is served yet. What it would give is held
    against what was given; nothing is written or locked. Ends with 1 when anything comes out
    otherwise, or the code fails.
    """
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        try:
            work.plugins.get(name)
        except PluginUnknownError:
            raise click.ClickException(f"No plugin {name} is installed here.") from None
        since = (work.now() - timedelta(days=days)).date()
        bad = sum(
            _tried(each.code, replay.replay_all(work, since=since, partner=each.id, limit=most))
            for each in rosters.find_partners(work)
            if partners.terms_now(work, each.id).plugin == name
        )
    if bad:
        raise click.ClickException(f"{bad:,} purchases would come out otherwise, or not at all.")


def _tried(partner: str, totals: Totals) -> int:
    """Tell of one partner's purchases; return how many are a reason not to go on."""
    failed = totals.why[Why.PLUGIN_FAILED]
    different = totals.counts[Outcome.DIFFERENT]
    console().print(
        f"{partner}: {totals.done:,} purchases asked again,"
        f" {totals.counts[Outcome.EQUAL]:,} come out as they stand, {different:,} differ,"
        f" {failed:,} fail."
    )
    table = a_table("purchase", "code then", "code now", "points then", "points now", "what")
    told = [each for each in totals.findings if not set(_ALARMS).isdisjoint(each.why)]
    for each in told:
        table.add_row(*map(escape, _row(each)))
    if told:
        console().print(table)
    return different + failed


def _row(each: Replayed) -> tuple[str, ...]:
    then = sum(line.get("points", 0) for line in each.stored if isinstance(line, dict))
    now = "" if each.recomputed is None else str(sum(line.points for line in each.recomputed))
    return (
        public_id("pur", each.purchase_id), each.plugin_then or "", each.plugin_now or "",
        str(then), now, ", ".join(why.value.replace("_", " ") for why in each.why),
    )  # fmt: skip
