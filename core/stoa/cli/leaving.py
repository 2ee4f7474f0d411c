"""``stoa partner leave``: a partner leaves in stages, and no member's points die with it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import click

from stoa.cli.clients import partner_of
from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.errors import ExitUnknownError
from stoa.services import exits, funding, rosters
from stoa.services.exits import Exit
from stoa.values.clearing.exits import LEAST_NOTICE, STAGES, Plan, after
from stoa.work import Work

__all__ = ["leave"]

_DAY = click.DateTime(["%Y-%m-%d"])
_MEANS = {
    "announce": "announced; members are told",
    "stop_enrol": "enrols nobody any more",
    "stop_earn": "gives no points any more",
    "stop_burn": "takes no points any more",
    "settle": "deposit taken, unused packs given back",
    "archive": "gone; its papers stay",
}


@click.group()
def leave() -> None:
    """Let a partner leave: announced 60 days ahead, stage by stage, paid to the last point."""


@leave.command(
    "announce",
    cls=Taught,
    examples="""
        stoa partner leave announce grocery --stop-burn 2027-03-31
        stoa partner leave announce grocery --stop-enrol 2027-01-15 --stop-earn 2027-01-31
            --stop-burn 2027-03-31 --note "the lease ends"
    """,
)
@click.argument("code")
@click.option("--stop-enrol", type=_DAY, help="First day without enrolments; as --stop-earn.")
@click.option("--stop-earn", type=_DAY, help="First day without points; half-way by default.")
@click.option("--stop-burn", type=_DAY, help="First day without redemptions; in 60 days.")
@click.option("--note", default="", help="Why; kept with the exit.")
@click.option("--look", is_flag=True, help="Only tell what would happen; announce nothing.")
def announce(
    code: str,
    *,
    stop_enrol: datetime | None,
    stop_earn: datetime | None,
    stop_burn: datetime | None,
    note: str,
    look: bool,
) -> None:
    """Announce that the partner CODE leaves.

    Its members are told by letter. Until the stages' days come, nothing else changes, and
    `stoa partner leave stay` takes it back.
    """
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        partner_id = partner_of(work, code)
        today = work.today()
        plan = _plan(today, stop_enrol, stop_earn, stop_burn)
        if look:
            _look(work, partner_id, plan)
            return
        exits.announce(work, partner_id, plan, note=note)
    console().print(f"{code} leaves: no points are taken there from {plan.stop_burn_on} on.")


@leave.command(
    "show", cls=Taught, examples="stoa partner leave show\nstoa partner leave show grocery"
)
@click.argument("code", required=False)
def show(code: str | None) -> None:
    """Show which partners leave, or where the exit of the partner CODE stands."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        names = {each.id: each.code for each in rosters.find_partners(work)}
        if code is None:
            _list(exits.exits(work), names)
            return
        _show(work, partner_of(work, code))


@leave.command("next", cls=Taught, examples="stoa partner leave next grocery")
@click.argument("code")
def advance(code: str) -> None:
    """Begin the next stage of the exit of the partner CODE.

    The worker begins the stages that have a day by itself; settling and archiving wait for you.
    """
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        moved = exits.advance(work, partner_of(work, code))
    console().print(f"{code}: {moved.stage}, {_MEANS[moved.stage]}.")


@leave.command("stay", cls=Taught, examples="stoa partner leave stay grocery")
@click.argument("code")
def stay(code: str) -> None:
    """Let the partner CODE stay after all, as long as it still takes points."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        exits.call_off(work, partner_of(work, code))
    console().print(f"{code} stays.")


def _plan(
    today: date, enrol: datetime | None, earn: datetime | None, burn: datetime | None
) -> Plan:
    last = burn.date() if burn else today + LEAST_NOTICE
    middle = earn.date() if earn else today + (last - today) // 2
    return Plan(enrol.date() if enrol else min(middle, today + timedelta(days=1)), middle, last)


def _look(work: Work, partner_id: UUID, plan: Plan) -> None:
    told, run_off = exits.members_to_tell(work, partner_id), exits.run_off(work, partner_id)
    unused = sum(each.left for each in funding.packs_of(work, partner_id))
    for texts in plan.faults(work.today()).values():
        for text in texts:
            console().print(f"[yellow]{text}[/yellow]")
    table = a_table("stage", "from", "what it means", numbers=())
    for stage in STAGES:
        day = plan.day_of(stage)
        table.add_row(stage, day.isoformat() if day else "", _MEANS[stage])
    console().print(table)
    console().print(
        f"{told} members would be told; {run_off.outstanding} of its points are outstanding, "
        f"worth {run_off.deposit:.2f}; {unused} points of packs unused."
    )


def _list(found: Sequence[Exit], names: Mapping[UUID, str]) -> None:
    table = a_table("partner", "stage", "no points", "no redemptions", "note", numbers=())
    for each in found:
        table.add_row(
            names[each.partner_id], each.stage, each.plan.stop_earn_on.isoformat(),
            each.plan.stop_burn_on.isoformat(), each.note,
        )  # fmt: skip
    console().print(table if found else "Nobody leaves.")


def _show(work: Work, partner_id: UUID) -> None:
    one = exits.of(work, partner_id)
    if one is None:
        raise ExitUnknownError
    run_off, blocked = exits.run_off(work, partner_id), exits.waits_for(work, partner_id)
    table = a_table("", "stage", "from", "what it means", numbers=())
    reached = STAGES.index(one.stage)
    for place, stage in enumerate(STAGES):
        day = one.plan.day_of(stage)
        mark = "✓" if place < reached else "→" if place == reached else ""
        table.add_row(mark, stage, day.isoformat() if day else "", _MEANS[stage])
    console().print(table)
    if one.deposit is not None:
        console().print(
            f"deposit {run_off.deposit:.2f}, {run_off.paid:.2f} paid for {run_off.redeemed} "
            f"redeemed points, {run_off.left:.2f} left"
        )
    console().print(f"{run_off.outstanding} of its points are outstanding")
    following = after(one.stage)
    if following:
        waits = f" waits: {', '.join(blocked)}" if blocked else " may begin"
        console().print(f"{following}{waits}")
