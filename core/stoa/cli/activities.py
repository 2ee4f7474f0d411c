"""``stoa activity``: the operator's codes, which prove activities at whichever partner reports."""

from datetime import timedelta

import click

from stoa.cli.desk import ACTOR, Taught, open_desk, settings_of
from stoa.errors import CodeUnknownError
from stoa.services import activities
from stoa.services.activities import Code
from stoa.values.identifiers import public_id, uuid_of

__all__ = ["activity"]


@click.group()
def activity() -> None:
    """Make codes that prove activities, and see what a changing one shows."""


@activity.command(
    "code",
    cls=Taught,
    examples="""
        stoa activity code check-in --days 30
        stoa activity code talk --uses 200
        stoa activity code check-in --step 30
    """,
)
@click.argument("rule")
@click.option("--days", type=click.IntRange(1, 3650), help="It ends after so many days.")
@click.option("--uses", type=click.IntRange(1), help="How often it earns, over all members.")
@click.option("--step", type=click.IntRange(10, 3600), help="It changes after so many seconds.")
def make_code(rule: str, *, days: int | None, uses: int | None, step: int | None) -> None:
    """Make a code that proves the activity RULE; it is told once."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        until = work.now() + timedelta(days=days) if days else None
        made = activities.make(work, rule, valid_until=until, most_uses=uses, step_s=step)
    _tell(made)


@activity.command("shown", cls=Taught, examples="stoa activity shown acd_0k3…")
@click.argument("code_id")
def shown_code(code_id: str) -> None:
    """Tell what the changing code CODE_ID shows now."""
    known = uuid_of("acd", code_id)
    if known is None:
        raise CodeUnknownError
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = activities.shown(work, known)
    _tell(found)


def _tell(code: Code) -> None:
    click.echo(f"{code.text}  for {code.activity}, {public_id('acd', code.id)}")
    if code.until is not None:
        click.echo(f"until {code.until.isoformat(timespec='seconds')}")
