"""Payers of points that a rule gives: who pays how large a share.

[{"payer": "operator", "share": 50}, {"payer": "prt:grocery", "share": 50}]
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stoa.values.amounts import share
from stoa.values.documents import Reading

__all__ = ["OPERATOR", "PARTNER", "RECEIPTS", "PayerShare", "read_payers", "split"]

OPERATOR = "operator"
PARTNER = "partner"
"""The partner that reports what earns."""

RECEIPTS = "receipts"
"""Who sold what the receipts of a claim say."""

_NAMED = "prt:"
_MOST = 10
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class PayerShare:
    """Who pays, and how many hundredths of the points."""

    payer: str
    share: int

    @property
    def partner(self) -> str:
        """The code of the partner that is named; empty for the operator and whoever reports."""
        return self.payer.removeprefix(_NAMED) if self.payer.startswith(_NAMED) else ""


def read_payers(
    reading: Reading, name: str, *, reported: bool, receipts: bool = False
) -> tuple[PayerShare, ...]:
    """Read the payers of a rule, the operator alone where there are none.

    Args:
        reported: whether a partner reports what earns, so that ``partner`` means it.
        receipts: whether the sellers of receipts may pay, as ``receipts``.
    """
    written = reading.raw(name)
    if written is None:
        return (PayerShare(OPERATOR, _WHOLE),)
    if not isinstance(written, list) or not 1 <= len(written) <= _MOST:
        reading.wrong(name, f"Write a list of 1 to {_MOST} payers.")
        return ()
    found = []
    for place, each in enumerate(written):
        part = Reading(each, f"{reading.place(name)}.{place}", reading.errors)
        payer = part.word("payer")
        known = [OPERATOR, *([PARTNER] if reported else []), *([RECEIPTS] if receipts else [])]
        if payer not in known and not (payer.startswith(_NAMED) and payer != _NAMED):
            part.wrong("payer", f"Write {', '.join(known)} or {_NAMED} and a partner's code.")
        found.append(PayerShare(payer, part.whole("share", 1, _WHOLE)))
        part.close()
    if sum(each.share for each in found) != _WHOLE:
        reading.wrong(name, f"The shares are not {_WHOLE} in all.")
    if len({each.payer for each in found}) != len(found):
        reading.wrong(name, "A payer is named twice.")
    return tuple(found)


def split(points: int, payers: Sequence[PayerShare]) -> tuple[int, ...]:
    """Return the points of each payer, the largest fractions rounded up; the sum stays."""
    return tuple(share(points, [each.share for each in payers]))
