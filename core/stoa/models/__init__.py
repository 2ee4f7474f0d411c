"""The tables: importing this package makes the metadata whole; `functions/*.sql` write them."""

from importlib.resources import files

from stoa.models import (
    activities,
    adjustments,
    agreements,
    audit,
    authorizations,
    batches,
    benefits,
    campaigns,
    challenges,
    chances,
    coupons,
    credentials,
    draws,
    earning,
    exchange,
    funding,
    households,
    idempotency,
    identity,
    imports,
    ledger,
    limits,
    log,
    mails,
    member_codes,
    members,
    offers,
    orders,
    outbox,
    parking,
    partners,
    positions,
    rates,
    redemption,
    referrals,
    requests,
    rules,
    sandboxes,
    segments,
    sign_in,
    stock,
    tiers,
    webhooks,
    whatif,
)
from stoa.models.base import NOBODY, Base

__all__ = [
    "NOBODY",
    "Base",
    "activities",
    "adjustments",
    "agreements",
    "audit",
    "authorizations",
    "batches",
    "benefits",
    "campaigns",
    "challenges",
    "chances",
    "coupons",
    "credentials",
    "draws",
    "earning",
    "exchange",
    "functions",
    "funding",
    "households",
    "idempotency",
    "identity",
    "imports",
    "ledger",
    "limits",
    "log",
    "mails",
    "member_codes",
    "members",
    "offers",
    "orders",
    "outbox",
    "parking",
    "partners",
    "positions",
    "rates",
    "redemption",
    "referrals",
    "requests",
    "rules",
    "sandboxes",
    "segments",
    "sign_in",
    "stock",
    "tiers",
    "webhooks",
    "whatif",
]


def functions(*names: str) -> str:
    """Return the SQL that creates or replaces the ledger's functions; migrations install it.

    Args:
        names: of the files wanted, without their ``.sql``; all of them by default.
    """
    folder = files("stoa.models").joinpath("functions")
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    wanted = [path for path in paths if not names or path.name.removesuffix(".sql") in names]
    return "\n\n".join(path.read_text("utf-8") for path in wanted)
