"""Stays in a car park, told from what its gates saw of one plate.

Gates lose events, send them twice, late and in any order, and their clocks differ. So a stay is
never patched: whenever an event comes, the events around it are paired anew, in the order of their
own clocks, and each stay is one of

    inside   an IN, and nothing after it yet
    left     an IN and its OUT
    odd      an IN whose OUT is missing, for the car came in again; or an OUT whose IN is missing

An IN within `REPEAT` of the IN before is the same arrival seen twice, and an OUT within it the same
departure. An OUT that was heard after an IN, but that the exit's slower clock puts up to `SKEW`
before it, ends a stay that nothing else ends: its time is then the IN's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = ["REPEAT", "SKEW", "Passage", "Side", "Visit", "visits"]

REPEAT = timedelta(minutes=2)
"""Within it a second IN or OUT is the first one, seen twice."""

SKEW = timedelta(minutes=5)
"""The most by which the clocks of two gates may differ."""


class Side(StrEnum):
    """Which way a car went through a gate."""

    IN = "IN"
    OUT = "OUT"


@dataclass(frozen=True, slots=True)
class Passage:
    """What a gate saw of a plate.

    Attributes:
        no: unique among the passages, growing with when they were heard of.
        at: by the gate's clock.
    """

    no: int
    side: Side
    at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay as its passages tell it.

    Attributes:
        nos: of its passages.
        in_at: ``None`` where the IN is missing.
        out_at: ``None`` where the car is inside or the OUT is missing.
        state: ``inside``, ``left`` or ``odd``.
        why: of an odd one ``no_in`` or ``no_out``; ``clocks`` where `out_at` was mended.
    """

    nos: tuple[int, ...]
    in_at: datetime | None
    out_at: datetime | None
    state: str
    why: str = ""


def visits(passages: Sequence[Passage]) -> list[Visit]:
    """Return the stays of one plate in one car park, the earliest first."""
    found: list[_Open] = []
    for each in sorted(passages, key=_order):
        last = found[-1] if found else None
        if each.side is Side.IN:
            if last and not last.outs and each.at - last.ins[-1].at <= REPEAT:
                last.ins.append(each)
            else:
                found.append(_Open([each], []))
        elif last and (not last.outs or each.at - last.outs[-1].at <= REPEAT):
            last.outs.append(each)
        else:
            found.append(_Open([], [each]))
    return _told(_mended(found))


@dataclass(slots=True)
class _Open:
    ins: list[Passage]
    outs: list[Passage]


def _order(passage: Passage) -> tuple[datetime, bool, int]:
    return passage.at, passage.side is Side.OUT, passage.no


def _mended(found: list[_Open]) -> list[_Open]:
    """Join an OUT without IN to the stay that comes just after it by the other gate's clock."""
    mended: list[_Open] = []
    for each in found:
        last = mended[-1] if mended else None
        if (
            last and not last.ins and each.ins and not each.outs
            and each.ins[0].at - last.outs[-1].at <= SKEW and last.outs[0].no > each.ins[0].no
        ):  # fmt: skip
            last.ins = each.ins
        else:
            mended.append(each)
    return mended


def _told(found: list[_Open]) -> list[Visit]:
    told = []
    for place, each in enumerate(found):
        nos = tuple(passage.no for passage in (*each.ins, *each.outs))
        in_at = each.ins[0].at if each.ins else None
        out_at = each.outs[0].at if each.outs else None
        if in_at is None:
            told.append(Visit(nos, None, out_at, "odd", "no_in"))
        elif out_at is not None:
            why = "clocks" if out_at < in_at else ""
            told.append(Visit(nos, in_at, max(in_at, out_at), "left", why))
        elif place + 1 < len(found):
            told.append(Visit(nos, in_at, None, "odd", "no_out"))
        else:
            told.append(Visit(nos, in_at, None, "inside"))
    return told
