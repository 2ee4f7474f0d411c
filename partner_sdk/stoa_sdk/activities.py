"""What Stoa answers about activities and referrals: points without a purchase."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from stoa_sdk.facts import Balance
from stoa_sdk.records import Record

__all__ = [
    "ActivityCode",
    "ActivityDone",
    "Invited",
    "OpenActivities",
    "OpenActivity",
    "ReferralState",
    "Referrals",
]


class ReferralState(StrEnum):
    """How far an invitation has come; ``undone`` when its purchase came back."""

    WAITING = "waiting"
    PURCHASED = "purchased"
    REWARDED = "rewarded"
    UNDONE = "undone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDone(Record):
    """What an activity earned, and the wallet afterwards."""

    activity_id: str
    activity: str
    points: int
    member_ref: str
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenActivity(Record):
    """An activity that a member can do; `done` when it has earned in this period."""

    activity: str
    name: str
    kind: str
    proof: str
    points: int
    once_per: str
    until: date | None
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenActivities(Record):
    """The activities that hold today at your stores."""

    activities: tuple[OpenActivity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityCode(Record):
    """A code to show, share or send; at `until` it changes or ends."""

    code_id: str
    activity: str
    code: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Record):
    """One who came by a member's code, without who that is; `reason` says why it gives nothing."""

    state: ReferralState | str
    reason: str
    invited_at: datetime
    purchased_on: date | None
    rewarded_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrals(Record):
    """A member's own code for friends, and what became of them; those `purchasing` count."""

    code: str
    purchasing: int
    rewarded: int
    invitations: tuple[Invited, ...]
