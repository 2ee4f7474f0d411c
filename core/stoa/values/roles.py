"""What a role of the staff may do: a closed set of permissions, and one table of who has which.

A permission is ``<room>.<deed>``; one that ends in ``.read`` changes nothing. Operator roles see
the whole alliance. The partner roles see their own partner alone, whatever a permission says.
"""

from types import MappingProxyType
from typing import Final

__all__ = [
    "OPERATOR_ROLES",
    "PARTNER_ROLES",
    "PERMISSIONS",
    "ROLES",
    "permissions_of",
    "role_of",
]

_ADMIN, _AUDITOR = "admin", "auditor"

# Who may what, besides the admin, who may everything, and the auditor, who reads everything.
# F finance, M marketing, S support; P partner_admin, p partner_staff.
_TABLE = """
dashboard.read          F M S
partners.read           F M S   P p
partners.change
agreements.change       F
stores.change                   P
plugins.change                  P
credentials.read            S   P p
credentials.change              P
webhooks.read               S   P p
webhooks.change             S   P
batches.read            F   S   P p
requests.read               S   P p
sandbox.read                    P p
sandbox.change                  P
limits.read             F   S   P p
limits.change
members.read            F   S
members.change              S
members.merge               S
adjustments.read        F   S
adjustments.propose     F   S
adjustments.approve     F
ledger.read             F   S
parking.read            F   S
parking.change              S
benefits.read           F M S
programme.read          F M S
programme.change          M
currencies.read         F M S
currencies.change       F
whatif.read             F M
whatif.change           F M
catalogue.read          F M S
catalogue.change          M
coupons.read              M S
coupons.change            M
stock.read                M S
stock.change              M
orders.read             F M S
orders.change               S
clearing.read           F       P p
clearing.change         F
clearing.close          F
accounts.change         F       P
disputes.change         F       P
imports.read            F
imports.change
jobs.read
jobs.change
audit.read              F       P p
staff.read                      P p
staff.change                    P
settings.read           F
settings.change
"""

_LETTERS = {
    "F": "finance",
    "M": "marketing",
    "S": "support",
    "P": "partner_admin",
    "p": "partner_staff",
}


def _read() -> dict[str, frozenset[str]]:
    rows = [line.split() for line in _TABLE.strip().splitlines()]
    everything = [name for name, *_ in rows]
    read = {name for name in everything if name.endswith(".read")}
    found = {_ADMIN: frozenset(everything), _AUDITOR: frozenset(read)}
    for letter, role in _LETTERS.items():
        found[role] = frozenset(name for name, *who in rows if letter in who)
    return found


ROLES: Final = MappingProxyType(_read())
"""What each role may do."""

PERMISSIONS: Final = ROLES[_ADMIN]
"""All there are; a door that asks for another can't be opened."""

OPERATOR_ROLES: Final = (_ADMIN, "finance", "marketing", "support", _AUDITOR)
"""Roles of the operator's people."""

PARTNER_ROLES: Final = ("partner_admin", "partner_staff")
"""Roles of a partner's people; each belongs to exactly one partner."""

_BEFORE = {"operator": _ADMIN}


def role_of(word: str) -> str:
    """Return the role that a kept word means: accounts of before the roles say ``operator``."""
    return _BEFORE.get(word, word)


def permissions_of(role: str) -> frozenset[str]:
    """Return what a role may do: nothing, where there is no such role."""
    return ROLES.get(role, frozenset())
