"""Who lives in a new sandbox, and with what: always the same cards, addresses and balances."""

from dataclasses import dataclass

__all__ = ["NEIGHBOURS", "PENDING_DAYS", "PEOPLE", "Neighbour", "Seeded"]

PENDING_DAYS = 14
"""How long the points of a purchase at Sandbox Travel are pending."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A fictitious partner beside the sandbox's own one; it gives a point for each 1.00."""

    code: str
    name: str
    trade: str
    pending_days: int = 0


@dataclass(frozen=True, slots=True)
class Seeded:
    """A member of every new sandbox.

    Attributes:
        situation: what the member is for: ``plain``, ``new``, ``gold``, ``frozen``, ``expiring``,
            ``pending``, ``debt``, ``held`` or ``rich``.
        available: points that can be spent at once.
        pending: points that can be spent later.
        held: points that a hold keeps.
        debt: points that are owed.
    """

    card: str
    name: str
    email: str
    situation: str
    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0

    @property
    def brought(self) -> int:
        """The points with which the member comes, before anything happens."""
        return self.available + self.held


NEIGHBOURS = (
    Neighbour("sandbox-grocery", "Sandbox Grocery", "grocery"),
    Neighbour("sandbox-travel", "Sandbox Travel", "travel", PENDING_DAYS),
)
"""The other shops of a sandbox; its developer has a client at the first one."""

PEOPLE = (
    Seeded("9900000000000010", "Ada Plain", "ada@sandbox.example", "plain", available=1_000),
    Seeded("9900000000000028", "Ben New", "ben@sandbox.example", "new"),
    Seeded("9900000000000036", "Cleo Gold", "cleo@sandbox.example", "gold", available=25_000),
    Seeded("9900000000000044", "Dan Frozen", "dan@sandbox.example", "frozen", available=500),
    Seeded("9900000000000051", "Eve Expiring", "eve@sandbox.example", "expiring", available=1_000),
    Seeded("9900000000000069", "Finn Pending", "finn@sandbox.example", "pending", pending=400),
    Seeded("9900000000000077", "Gus Debt", "gus@sandbox.example", "debt", debt=500),
    Seeded(
        "9900000000000085", "Hana Held", "hana@sandbox.example", "held", available=1_500, held=500
    ),
    Seeded("9900000000000093", "Ivy Plain", "ivy@sandbox.example", "plain", available=100),
    Seeded("9900000000000101", "Jo Rich", "jo@sandbox.example", "rich", available=1_000_000),
)
"""The members of a new sandbox (docs/sandbox.md); of Eve's points, 300 end within a week."""
