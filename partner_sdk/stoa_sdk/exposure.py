"""What may be promised without the line: limits of points for a member and for a terminal a day.

A till that can't ask the server promises points that nobody has checked. These limits bound what a
stolen till, or a member who visits many tills, can come to before the line is back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from stoa_sdk.calls import AnswerT, Call

__all__ = ["Exposure", "OfflineLimits", "Room", "exposure_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineLimits:
    """The most points that may wait in the queue, of one business day; `None` for any number.

    Attributes:
        member_points: for one member.
        terminal_points: at one terminal of a store.
        points_per_unit: what a purchase is foreseen to earn for each whole unit of its money.
    """

    member_points: int | None = None
    terminal_points: int | None = None
    points_per_unit: Decimal | int = 1


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a call promises: to whom, where, on which day, and how many points."""

    member: str
    terminal: str
    day: str
    points: int


@dataclass(frozen=True, slots=True)
class Room:
    """What a call would promise, and what the limits leave before it; `None` without a limit."""

    points: int
    member_left: int | None
    terminal_left: int | None

    @property
    def enough(self) -> bool:
        """The call may be put."""
        left = [each for each in (self.member_left, self.terminal_left) if each is not None]
        return all(self.points <= each for each in left)


def exposure_of(call: Call[AnswerT], limits: OfflineLimits) -> Exposure:
    """Return what a call promises: what a purchase is foreseen to earn, what a hold lets go.

    Everything else promises nothing: a capture takes what is held already, a return gives back.
    """
    body = call.body or {}
    points = 0
    if call.path == "v1/purchases":
        total = sum((Decimal(str(line["net"])) for line in body["lines"]), Decimal(0))
        foreseen = max(total, Decimal(0)) * limits.points_per_unit
        points = int(foreseen.to_integral_value(ROUND_CEILING))
    elif call.path == "v1/redemptions":
        points = int(body.get("points") or 0)
    day = body.get("business_date") or str(body.get("occurred_at", ""))[:10]
    store, terminal = body.get("store") or "", body.get("terminal") or ""
    return Exposure(_name(body.get("member")), f"{store}/{terminal}", str(day), points)


def _name(member: Mapping[str, Any] | None) -> str:
    return f"{member['type']}:{member['value']}" if member else ""
