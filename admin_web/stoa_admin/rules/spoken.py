"""What a page of a rule is made with: its kind by the address, and the words of the alliance."""

from collections.abc import Mapping
from typing import Any

from flask import abort

from stoa.values.amounts import minor_exponent
from stoa.work import Work
from stoa_admin.rules.choices import gather
from stoa_admin.rules.kinds import KINDS, Kind
from stoa_admin.rules.sentences import speech_of
from stoa_admin.rules.telling import Words

__all__ = ["kind_of", "words"]


def kind_of(name: str) -> Kind:
    """Return the kind of an address; what is none is answered with 404."""
    if name not in KINDS:
        abort(404)
    return KINDS[name]


def words(work: Work, document: Mapping[str, Any] | None = None, *, brief: bool = False) -> Words:
    """Return the names and units with which a rule is told; `document` is one being edited."""
    money = work.programme.money_currency
    tiers = (document or {}).get("tiers")
    known = gather(work, tiers=tiers if isinstance(tiers, list) else ())
    return Words(known, money, minor_exponent(money), speech_of(known, money), brief)
