"""The audit trail of changes: who did what, what was before, what is now."""

from typing import Any

from stoa.models.audit import AuditRecord
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = ["record"]


def record(
    work: Work,
    deed: str,
    subject: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one change into the audit trail, in the transaction of the change.

    Args:
        deed: what was done, such as ``partner.configure``.
        subject: the public id of the thing.
        before: what it was; ``None`` for something new.
        after: what it is now.
    """
    work.session.add(
        AuditRecord(
            id=new_uuid(), at=work.now(), actor=work.actor.name, deed=deed, subject=subject,
            before=before, after=after,
        )
    )  # fmt: skip
