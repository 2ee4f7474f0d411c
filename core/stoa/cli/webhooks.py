"""``stoa webhook``: where partners are told what happens, and sending it again."""

from datetime import datetime
from uuid import UUID

import click

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.errors import WebhookUnknownError
from stoa.services import webhooks
from stoa.values.identifiers import public_id, uuid_of

__all__ = ["webhook"]


@click.group(name="webhook")
def webhook() -> None:
    """See where partners are told what happens, and send it again."""


@webhook.command("list", cls=Taught, examples="stoa webhook list")
def list_webhooks() -> None:
    """List all endpoints, with what waits and what was given up."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = webhooks.of_partner(work, None)
        standing = webhooks.standing(work, [each.id for each in found])
    table = a_table("webhook", "url", "state", "queued", "dead", "last taken")
    for each in found:
        how = standing[each.id]
        last = f"{how.delivered_at:%Y-%m-%d %H:%M}" if how.delivered_at else "never"
        state = f"{each.state} ({each.reason})" if each.reason else each.state
        name = public_id("whk", each.id)
        table.add_row(name, each.url, state, str(how.queued), str(how.dead), last)
    console().print(table)


@webhook.command(
    "replay",
    cls=Taught,
    examples="stoa webhook replay whk_… 2026-05-01T00:00:00+08:00 2026-05-02T00:00:00+08:00",
)
@click.argument("webhook_id")
@click.argument("start")
@click.argument("end")
def replay_webhook(webhook_id: str, start: str, end: str) -> None:
    """Send what happened from START on and before END to an endpoint again."""
    first, last = _instant(start), _instant(end)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        sent = webhooks.replay(work, _id(webhook_id), partner_id=None, start=first, end=last)
    click.echo(f"{sent} events are sent again.")


@webhook.command("retry", cls=Taught, examples="stoa webhook retry whk_…")
@click.argument("webhook_id")
def retry_webhook(webhook_id: str) -> None:
    """Send an endpoint again what was given up."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        sent = webhooks.retry(work, _id(webhook_id), partner_id=None)
    click.echo(f"{sent} events are sent again.")


def _id(webhook_id: str) -> UUID:
    found = uuid_of("whk", webhook_id)
    if found is None:
        raise WebhookUnknownError
    return found


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise click.BadParameter(f"{text} is no time with its offset")
    return at
