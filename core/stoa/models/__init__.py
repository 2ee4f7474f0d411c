"""The tables: importing this package makes the metadata whole; `ledger.sql` goes with them."""

from importlib.resources import files

from stoa.models import (
    audit,
    benefits,
    earning,
    idempotency,
    identity,
    imports,
    ledger,
    members,
    outbox,
    partners,
    redemption,
    tiers,
)
from stoa.models.base import NOBODY, Base

__all__ = [
    "NOBODY",
    "Base",
    "audit",
    "benefits",
    "earning",
    "idempotency",
    "identity",
    "imports",
    "ledger",
    "ledger_functions",
    "members",
    "outbox",
    "partners",
    "redemption",
    "tiers",
]


def ledger_functions() -> str:
    """Return the SQL that creates or replaces the ledger's functions; migrations install it."""
    return files("stoa.models").joinpath("ledger.sql").read_text("utf-8")
