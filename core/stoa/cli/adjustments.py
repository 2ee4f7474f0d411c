"""``stoa adjustment``: what waits for a second person, and what was decided."""

from uuid import UUID

import click

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.person import as_person, signed_in
from stoa.services import adjustments
from stoa.services.adjustments import Adjustment
from stoa.values.identifiers import public_id, uuid_of

__all__ = ["adjustment"]


@click.group()
def adjustment() -> None:
    """See what waits for a second person, approve or reject it."""


@adjustment.command(
    "list",
    cls=Taught,
    examples="""
        stoa adjustment list
        stoa adjustment list --decided
    """,
)
@click.option("--decided", is_flag=True, help="What was decided, the latest first.")
def list_adjustments(*, decided: bool) -> None:
    """List the adjustments that wait, the oldest first."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = adjustments.decided(work) if decided else adjustments.waiting(work)
    table = a_table("id", "member", "points", "why", "by", "state", numbers=("points",))
    for each in found:
        why = f"{each.reason_code}: {each.note}"
        who = " / ".join(name for name in (each.proposer, each.decider) if name)
        points = f"{each.points:+} {each.currency}"
        table.add_row(
            public_id("adj", each.id), each.member_name, points, why, who, each.state
        )  # fmt: skip
    console().print(table if found else "Nothing waits." if not decided else "Nothing yet.")


@adjustment.command(
    "approve",
    cls=Taught,
    examples="stoa adjustment approve adj_0k3… --as ben@example.org",
)
@click.argument("adjustment_id")
@click.option("--note", default="", help="Kept in the audit trail.")
@as_person
def approve_adjustment(adjustment_id: str, *, note: str, email: str, password: str) -> None:
    """Post ADJUSTMENT_ID, which somebody else proposed."""
    with open_desk(settings_of()) as desk:
        actor = signed_in(desk, email, password, "adjustments.approve")
        with desk.work(actor) as work:
            _tell(adjustments.approve(work, _id(adjustment_id), note=note))


@adjustment.command(
    "reject",
    cls=Taught,
    examples='stoa adjustment reject adj_0k3… --reason "no receipt" --as ben@example.org',
)
@click.argument("adjustment_id")
@click.option("--reason", required=True, help="Kept in the audit trail.")
@as_person
def reject_adjustment(adjustment_id: str, *, reason: str, email: str, password: str) -> None:
    """Reject ADJUSTMENT_ID, or withdraw it where it is your own."""
    with open_desk(settings_of()) as desk:
        actor = signed_in(desk, email, password, "adjustments.propose")
        with desk.work(actor) as work:
            _tell(adjustments.decline(work, _id(adjustment_id), reason=reason))


@adjustment.command(
    "reverse",
    cls=Taught,
    examples='stoa adjustment reverse adj_0k3… --note "wrong member" --as ada@example.org',
)
@click.argument("adjustment_id")
@click.option("--note", required=True, help="Why; kept in the audit trail.")
@as_person
def reverse_adjustment(adjustment_id: str, *, note: str, email: str, password: str) -> None:
    """Propose to take ADJUSTMENT_ID back; a second person has to approve."""
    with open_desk(settings_of()) as desk:
        actor = signed_in(desk, email, password, "adjustments.propose")
        with desk.work(actor) as work:
            _tell(adjustments.reverse(work, _id(adjustment_id), note=note))


def _id(text: str) -> UUID:
    found = uuid_of("adj", text)
    if found is None:
        raise click.ClickException("An adjustment's id begins with adj_.")
    return found


def _tell(done: Adjustment) -> None:
    click.echo(
        f"{public_id('adj', done.id)} is {done.state}: {done.points:+} {done.currency} for"
        f" {done.member_name}."
    )
