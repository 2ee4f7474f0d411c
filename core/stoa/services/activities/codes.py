"""Codes: what a place shows, what a member shares, what invites to a survey.

A code is told once, to whoever makes it, and kept as a digest. A changing code is shown by a screen
that asks for it again before each of its steps is over.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from stoa.errors import (
    ActivityUnknownError,
    CodeUnknownError,
    InvalidBodyError,
    MemberFrozenError,
    PartnerSuspendedError,
    StoreUnknownError,
)
from stoa.models.activities import ActivityCode
from stoa.services import audit, devices, members, partners
from stoa.services.activities import rules
from stoa.services.members import Token
from stoa.values.codes import changing_code, code_digest, new_code, new_name
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = ["Code", "invite", "link", "make", "shown"]

_STEPS = range(10, 3601)
_MOST_USES = 10_000_000
_LINK_DAYS = 30
_MOST_LINKS = 20
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it is told: `text` is what is shown or shared, `until` when it changes or ends."""

    id: UUID
    activity: str
    text: str
    until: datetime | None


def make(
    work: Work,
    activity: str,
    *,
    store: str | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    most_uses: int | None = None,
    step_s: int | None = None,
) -> Code:
    """Make a code that proves an activity at a place.

    A partner's is for its own stores; the operator's is for whichever partner reports it.

    Args:
        store: code or id of the partner's store; any of them for ``None``.
        valid_from: now by default.
        valid_until: aware; without end by default.
        most_uses: how often it earns, over all members; without limit by default.
        step_s: seconds after which another text is shown, 10 to 3600; ``None`` for one text.

    Raises:
        PartnerSuspendedError: the caller is suspended.
        ActivityUnknownError: no such activity holds, or it is proved by something else.
        StoreUnknownError: the caller has no such store.
        InvalidBodyError: the times or numbers can't be; `errors` names each.
    """
    since = valid_from or work.now()
    errors = {}
    if valid_until is not None and valid_until <= since:
        errors["valid_until"] = ["It ends before it begins."]
    if most_uses is not None and not 1 <= most_uses <= _MOST_USES:
        errors["most_uses"] = [f"Choose between 1 and {_MOST_USES}."]
    if step_s is not None and step_s not in _STEPS:
        errors["step_s"] = [f"Choose between {_STEPS.start} and {_STEPS.stop - 1}."]
    if errors:
        raise InvalidBodyError(errors=errors)
    _refuse_suspended(work)
    _find(work, activity, {"code"})
    text = new_code() if step_s is None else new_name()
    row = ActivityCode(
        id=new_uuid(), digest=code_digest(text), activity=activity, kind="code",
        partner_id=work.actor.partner_id, store_id=_store(work, store),
        name=text if step_s else "", secret=secrets.token_bytes(_SECRET_BYTES) if step_s else None,
        step_s=step_s, valid_from=since, valid_until=valid_until, most_uses=most_uses, uses=0,
        made_at=work.now(), made_by=work.actor.name,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    audit.record(work, "activity_code.make", public_id("acd", row.id), after={"activity": activity})
    if step_s is None:
        return Code(row.id, activity, text, valid_until)
    return _now(work, row)


def shown(work: Work, code_id: UUID) -> Code:
    """Return what a changing code shows now, and until when.

    Raises:
        CodeUnknownError: there is no such changing code, it is over, or another partner's.
    """
    mine = ActivityCode.partner_id == work.actor.partner_id
    if work.actor.partner_id is None:
        mine = ActivityCode.partner_id.is_(None)
    row = work.session.scalar(select(ActivityCode).where(ActivityCode.id == code_id, mine))
    over = row is not None and row.valid_until is not None and row.valid_until <= work.now()
    if row is None or row.secret is None or over:
        raise CodeUnknownError
    return _now(work, row)


def link(work: Work, member: Token, activity: str, *, device: str) -> Code:
    """Make a link that a member may share; it earns when it is opened on another's device.

    Args:
        device: what the app calls the member's phone.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberFrozenError: the membership is frozen.
        PartnerSuspendedError: the caller is suspended.
        ActivityUnknownError: no such activity holds, or it is proved by something else.
        InvalidBodyError: the device is not told, or there are twenty open links already.
    """
    if not device:
        raise InvalidBodyError(errors={"device": ["Tell which device shares the link."]})
    _refuse_suspended(work)
    _find(work, activity, {"link"})
    found = members.find(work, member)
    if found.status != "active":
        raise MemberFrozenError
    own = devices.hashed(work, device)
    until = work.now() + timedelta(days=_LINK_DAYS)
    return _of_member(work, found.id, activity, "link", until, device=own)


def invite(work: Work, member: Token, activity: str, *, valid_until: datetime) -> Code:
    """Make an invitation of a member to a survey; it earns once.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberFrozenError: the membership is frozen.
        PartnerSuspendedError: the caller is suspended.
        ActivityUnknownError: no such activity holds, or it is proved by something else.
        InvalidBodyError: it is over already, or there are twenty open ones.
    """
    _refuse_suspended(work)
    _find(work, activity, {"invitation"})
    if valid_until <= work.now():
        raise InvalidBodyError(errors={"valid_until": ["It ends before it begins."]})
    found = members.find(work, member)
    if found.status != "active":
        raise MemberFrozenError
    return _of_member(work, found.id, activity, "invitation", valid_until, most_uses=1)


def _refuse_suspended(work: Work) -> None:
    """Refuse a suspended partner: what proves an activity earns points later, anywhere."""
    partner_id = work.actor.partner_id
    if partner_id is not None and not partners.terms(work, partner_id).may_issue:
        raise PartnerSuspendedError


_OPEN = """
SELECT count(*) FROM activity_codes WHERE member_id = %s AND activity = %s AND valid_until > %s
   AND coalesce(uses < most_uses, true)
"""


def _of_member(
    work: Work, member_id: UUID, activity: str, kind: str, until: datetime, *,
    device: bytes | None = None, most_uses: int | None = None,
) -> Code:  # fmt: skip
    if work.rows(_OPEN, (member_id, activity, work.now()))[0][0] >= _MOST_LINKS:
        text = f"The member has {_MOST_LINKS} open ones already."
        raise InvalidBodyError(errors={"member": [text]})
    text = new_code()
    row = ActivityCode(
        id=new_uuid(), digest=code_digest(text), activity=activity, kind=kind, member_id=member_id,
        partner_id=work.actor.partner_id, device=device, valid_from=work.now(), valid_until=until,
        most_uses=most_uses, uses=0, made_at=work.now(), made_by=work.actor.name,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    return Code(row.id, activity, text, until)


def _now(work: Work, row: ActivityCode) -> Code:
    step_s, secret = row.step_s or 1, row.secret or b""
    ends = (int(work.now().timestamp()) // step_s + 1) * step_s
    text = changing_code(row.name, bytes(secret), work.now(), step_s=step_s)
    return Code(row.id, row.activity, text, datetime.fromtimestamp(ends, work.now().tzinfo))


def _find(work: Work, activity: str, wanted: Iterable[str]) -> None:
    rule = rules.find(work, activity).rule
    if rule.proof not in wanted:
        raise ActivityUnknownError("The activity is not proved by such a code.")
    if work.actor.partner_id is not None:
        code = partners.terms(work, work.actor.partner_id).code
        if rule.stores and code not in {each.partition("/")[0] for each in rule.stores}:
            raise ActivityUnknownError


def _store(work: Work, name: str | None) -> UUID | None:
    if name is None:
        return None
    if work.actor.partner_id is None:
        raise StoreUnknownError
    store = partners.terms(work, work.actor.partner_id).store(name)
    if store is None:
        raise StoreUnknownError
    return store.id
