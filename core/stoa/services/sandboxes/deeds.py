"""Open a sandbox, reset it, move its clock, close it.

A reset fills a new database and only then lets the record lead to it, in one statement: whoever is
killed in between leaves the sandbox as it was, and a database that the next deed drops.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from stoa.errors import InvalidBodyError, SandboxOpenError, SandboxUnknownError
from stoa.models.sandboxes import Sandbox
from stoa.services import audit, credentials
from stoa.services.sandboxes import databases, originals, records, seeding
from stoa.services.sandboxes.ground import Ground, SandboxClock
from stoa.services.sandboxes.originals import Original
from stoa.services.sandboxes.records import Box, Credential
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Actor, Work

__all__ = ["MOST_AHEAD", "Opened", "close", "move", "open_", "opened", "reset"]

MOST_AHEAD = timedelta(days=3653)
"""How far a sandbox's clock may be ahead of the real one: ten years."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A sandbox, and the secrets of its clients by client id, which are told this once.

    `left_out` are the places of live rules that name what the sandbox lacks: ``reward/film``.
    """

    box: Box
    secrets: dict[str, str]
    left_out: list[str] = field(default_factory=list)


def opened(work: Work, partner_id: UUID) -> Box:
    """Return a partner's sandbox.

    Raises:
        SandboxUnknownError: it has none.
    """
    box = records.find(work, partner_id)
    if box is None:
        raise SandboxUnknownError
    return box


def open_(ground: Ground, actor: Actor, partner_id: UUID) -> Opened:
    """Open a sandbox for a partner, with new credentials.

    Raises:
        PartnerUnknownError: there is no such partner.
        SandboxOpenError: it has one.
        SandboxBusyError: somebody opens, resets or closes it just now.
        SandboxUnavailableError: the server makes no database for us.
    """
    with databases.alone(ground, partner_id) as owner:
        with ground.desk.work(actor) as work:
            original = originals.read(work, partner_id)
            if records.find(work, partner_id) is not None:
                raise SandboxOpenError
            now = work.now()
        clients, secrets = _new_clients(original.code)
        box = Box(
            partner_id, original.code, original.name, databases.name_of(ground, partner_id, 1), 1,
            now, actor.name, now, actor.name, None, now, timedelta(0), clients,
        )  # fmt: skip
        left_out = _make(ground, owner, box, original)
        with ground.desk.work(actor) as work:
            work.session.add(
                Sandbox(
                    partner_id=partner_id, database=box.database, generation=1, opened_at=now,
                    opened_by=actor.name, reset_at=now, reset_by=actor.name, reset_key=None,
                    used_at=now, ahead_s=0, clients=[asdict(each) for each in clients],
                )
            )  # fmt: skip
            names = [each.client_id for each in clients]
            after = {"clients": names, "left_out": left_out}
            audit.record(work, "sandbox.open", _name(partner_id), after=after)
    return Opened(box, secrets, left_out)


def reset(
    ground: Ground,
    actor: Actor,
    partner_id: UUID,
    *,
    key: str | None = None,
    new_secrets: bool = False,
) -> Opened:
    """Make a sandbox anew, as it is seeded, with the partner as it is live now and the real time.

    Its credentials stay good; its tokens end, and all that was done in it is gone.

    Args:
        key: the request's; asked again with the last one, nothing is done.
        new_secrets: change the secrets too.

    Raises:
        SandboxUnknownError: the partner has none.
        SandboxBusyError: somebody opens, resets or closes it just now.
        SandboxUnavailableError: the server makes no database for us.
    """
    with databases.alone(ground, partner_id) as owner:
        with ground.desk.work(actor) as work:
            before = opened(work, partner_id)
            if key is not None and key == before.reset_key:
                return Opened(before, {})
            original = originals.read(work, partner_id)
            now = work.now()
        clients, secrets = before.clients, dict[str, str]()
        if new_secrets:
            clients, secrets = _renewed(before.clients)
        generation = before.generation + 1
        box = replace(
            before, database=databases.name_of(ground, partner_id, generation),
            generation=generation, reset_at=now, reset_by=actor.name, reset_key=key, used_at=now,
            ahead=timedelta(0), clients=clients,
        )  # fmt: skip
        left_out = _make(ground, owner, box, original)
        with ground.desk.work(actor) as work:
            row = work.session.get_one(Sandbox, partner_id, with_for_update=True)
            row.database, row.generation, row.ahead_s = box.database, generation, 0
            row.reset_at, row.reset_by, row.reset_key = now, actor.name, key
            row.used_at, row.clients = now, [asdict(each) for each in clients]
            after = {
                "generation": generation, "new_secrets": new_secrets, "left_out": left_out,
            }  # fmt: skip
            audit.record(work, "sandbox.reset", _name(partner_id), after=after)
        databases.drop_all(ground, owner, partner_id, but=box.database)
    return Opened(box, secrets, left_out)


def close(ground: Ground, actor: Actor, partner_id: UUID) -> None:
    """End a sandbox: its database is dropped, its credentials and its address are gone.

    Raises:
        SandboxUnknownError: the partner has none.
        SandboxBusyError: somebody opens, resets or closes it just now.
    """
    with databases.alone(ground, partner_id) as owner:
        with ground.desk.work(actor) as work:
            row = work.session.get(Sandbox, partner_id, with_for_update=True)
            if row is None:
                raise SandboxUnknownError
            before = {"generation": row.generation}
            work.session.delete(row)
            audit.record(work, "sandbox.close", _name(partner_id), before=before)
        databases.drop_all(ground, owner, partner_id)


_MOVE = """
UPDATE sandboxes SET ahead_s = greatest(ahead_s, %s), used_at = %s WHERE partner_id = %s
RETURNING ahead_s
"""


def move(
    work: Work,
    box: Box,
    *,
    to: datetime | None = None,
    by: timedelta | None = None,
) -> timedelta:
    """Move a sandbox's clock forward; return by how much it is ahead of the real one now.

    What falls due by it is carried out by whoever moved it, or by the worker.

    Args:
        work: a live one.
        to: an instant, in the sandbox's time to come.
        by: or a span.

    Raises:
        InvalidBodyError: neither or both are given, it would go back, or more than ten years
            ahead.
        SandboxUnknownError: the sandbox was closed meanwhile.
    """
    now = work.now()
    if (to is None) == (by is None):
        raise InvalidBodyError(errors={"": ["Give one of to and by."]})
    field = "to" if by is None else "advance_s"
    ahead = box.ahead + by if by is not None else (to or now) - now
    if ahead < box.ahead:
        raise InvalidBodyError(errors={field: ["The clock only goes forward."]})
    if ahead > MOST_AHEAD:
        raise InvalidBodyError(errors={field: ["At most ten years ahead of the real time."]})
    whole = -(-ahead // timedelta(seconds=1))  # up: the clock is at or after what was asked
    rows = work.rows(_MOVE, (whole, now, box.partner_id))
    if not rows:
        raise SandboxUnknownError
    return timedelta(seconds=rows[0][0])


def _make(ground: Ground, owner: Connection, box: Box, original: Original) -> list[str]:
    """Make and fill the database of a sandbox; return what was left out.

    What goes wrong leaves no database.
    """
    databases.create(ground, owner, box.database)
    try:
        desk = ground.open(box, SandboxClock(wall=ground.desk.clock), pool_size=1)
        try:
            return seeding.sow(desk, original, box.clients)
        finally:
            desk.hang_up()
    except BaseException:
        databases.drop(owner, box.database)
        raise


def _new_clients(code: str) -> tuple[tuple[Credential, ...], dict[str, str]]:
    names = [
        Credential(partner, public_id("cli", new_uuid()), "", "")
        for partner in (code, seeding.GROCERY)
    ]
    return _renewed(names)


def _renewed(
    clients: "tuple[Credential, ...] | list[Credential]",
) -> tuple[tuple[Credential, ...], dict[str, str]]:
    """Return clients with new secrets, and the secrets by client id."""
    made, told = [], {}
    for each in clients:
        secret, hashed, prefix = credentials.test_secret()
        made.append(replace(each, hash=hashed, prefix=prefix))
        told[each.client_id] = secret
    return tuple(made), told


def _name(partner_id: UUID) -> str:
    return public_id("prt", partner_id)
