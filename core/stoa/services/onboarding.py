"""Taking a partner in: the steps from a name to the first purchase, and which of them are done.

Nothing is kept for it: each step is done when what it asks for is there, whoever brought it about.
"""

from dataclasses import dataclass
from uuid import UUID

from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["Progress", "Step", "progress_of"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step; who needs not, leaves an optional one out."""

    name: str
    done: bool
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a partner is, step by step in their order."""

    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(each.done for each in self.steps)

    @property
    def ready(self) -> bool:
        """Whether nothing is missing that is needed."""
        return all(each.done or each.optional for each in self.steps)

    @property
    def next(self) -> str:
        """The first needed step that is not done, else the first one at all; empty when all are."""
        missing = [each for each in self.steps if not each.done]
        needed = [each for each in missing if not each.optional]
        return (needed or missing)[0].name if missing else ""


_STEPS = """
SELECT EXISTS (SELECT 1 FROM partner_entities WHERE partner_id = %(id)s),
       EXISTS (SELECT 1 FROM agreement_proposals
                WHERE partner_id = %(id)s AND state IN ('proposed', 'approved'))
         OR (SELECT count(*) > 1 FROM agreements WHERE partner_id = %(id)s),
       EXISTS (SELECT 1 FROM stores WHERE partner_id = %(id)s),
       EXISTS (SELECT 1 FROM audit_records
                WHERE subject = %(subject)s AND deed = 'partner.configure'),
       EXISTS (SELECT 1 FROM clients WHERE partner_id = %(id)s AND revoked_at IS NULL),
       EXISTS (SELECT 1 FROM webhook_endpoints WHERE partner_id = %(id)s AND state = 'active'),
       EXISTS (SELECT 1 FROM sandboxes WHERE partner_id = %(id)s),
       EXISTS (SELECT 1 FROM positions
                WHERE currency = %(currency)s AND account = 'issued' AND partner_id = %(id)s)
"""


def progress_of(work: Work, partner_id: UUID) -> Progress:
    """Return how far a partner is on its way into the alliance.

    The steps are ``entity``, ``agreement``, ``store``, ``plugin``, ``credentials``, ``webhook`` and
    ``sandbox``; the last two may be left out. Who issues points already has agreed and set up.
    """
    values = {
        "id": partner_id,
        "subject": public_id("prt", partner_id),
        "currency": work.programme.currency,
    }
    row = work.rows(_STEPS, values)[0]
    entity, agreement, store, plugin, credentials, webhook, sandbox, issues = row
    return Progress(
        (
            Step("entity", entity),
            Step("agreement", agreement or issues),
            Step("store", store),
            Step("plugin", plugin or issues),
            Step("credentials", credentials),
            Step("webhook", webhook, optional=True),
            Step("sandbox", sandbox, optional=True),
        )
    )
