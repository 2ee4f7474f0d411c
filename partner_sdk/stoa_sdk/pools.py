"""What Stoa answers where members share points: transfers, households and their pools."""

from dataclasses import dataclass
from enum import StrEnum

from stoa_sdk.facts import Balance
from stoa_sdk.records import Record

__all__ = ["Contribution", "Departure", "Household", "HouseholdRole", "Transfer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Record):
    """Points that changed hands; `to_balance` is told to tokens that may read balances."""

    transfer_id: str
    points: int
    from_ref: str
    to_ref: str
    balance: Balance
    to_balance: Balance | None


class HouseholdRole(StrEnum):
    """What a member may be in a household; owners and spenders may spend."""

    OWNER = "owner"
    SPENDER = "spender"
    CONTRIBUTOR = "contributor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Household(Record):
    """A household as one of its members sees it; `balance` is the pool's."""

    display: str
    role: HouseholdRole | str
    members: int
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution(Record):
    """Points put into the pool of a household, and the member's `own_balance` afterwards."""

    display: str
    role: HouseholdRole | str
    members: int
    balance: Balance
    points: int
    own_balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure(Record):
    """Points that came back to who left; `closed` when the last owner did."""

    given_back: int
    closed: bool
    balance: Balance
