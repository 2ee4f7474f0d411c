"""How much partners may ask for: the operator's word, and portions of it for server processes.

A bucket of requests stands in the database and fills by its clock. A process takes a portion at a
time and counts it down by itself, so that all processes together keep to one rate and a request
costs no statement of its own (`docs/limits.md`).
"""

from dataclasses import asdict, dataclass
from uuid import UUID

from stoa.errors import InvalidBodyError
from stoa.models.limits import PartnerLimit
from stoa.services import audit
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["BOUNDS", "Lease", "Limits", "agree", "lease", "of"]

BOUNDS = {"rate_per_s": 100_000, "burst": 1_000_000, "most_at_once": 10_000}
"""The largest number of each limit."""

_LEASE = "SELECT granted, wait_ms, most FROM stoa_lease(%s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a partner may ask for.

    Attributes:
        rate_per_s: requests a second, for as long as it likes.
        burst: requests at once, after a rest.
        most_at_once: requests that are being answered at the same time, over all processes.
    """

    rate_per_s: int
    burst: int
    most_at_once: int


@dataclass(frozen=True, slots=True)
class Lease:
    """A portion of a partner's requests for one process.

    Attributes:
        granted: how many requests; 0 where none are left.
        wait_ms: until there is one again.
        most_at_once: as `Limits` has it.
    """

    granted: int
    wait_ms: int
    most_at_once: int


def of(work: Work, partner_id: UUID) -> Limits | None:
    """Return the limits that were agreed with a partner; ``None`` where it has those of all."""
    row = work.session.get(PartnerLimit, partner_id)
    return Limits(row.rate_per_s, row.burst, row.most_at_once) if row else None


def agree(work: Work, partner_id: UUID, limits: Limits | None) -> None:
    """Give a partner limits of its own, or those of all partners for ``None``.

    They hold within ten seconds.

    Raises:
        InvalidBodyError: a number is not above zero, or too large; `errors` names each.
    """
    told = asdict(limits) if limits else {}
    errors = {
        name: [f"Choose between 1 and {BOUNDS[name]:,}."]
        for name, number in told.items()
        if not 1 <= number <= BOUNDS[name]
    }
    if errors:
        raise InvalidBodyError(errors=errors)
    before = of(work, partner_id)
    row = work.session.get(PartnerLimit, partner_id)
    if row is not None:
        work.session.delete(row)
        work.session.flush()
    if limits is not None:
        work.session.add(PartnerLimit(partner_id=partner_id, **told))
    audit.record(
        work, "partner.limits", public_id("prt", partner_id),
        before=asdict(before) if before else None, after=told or None,
    )  # fmt: skip


def lease(work: Work, partner_id: UUID, usual: Limits) -> Lease:
    """Take a portion of a partner's requests: a tenth of what it may ask for in a second.

    Args:
        usual: what holds for a partner without limits of its own.
    """
    values = (partner_id, usual.rate_per_s, usual.burst, usual.most_at_once)
    return Lease(*work.rows(_LEASE, values)[0])
