"""What a sandbox takes over from the live alliance: terms and rules, never a member or a secret."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stoa.errors import PartnerUnknownError
from stoa.models.partners import Partner
from stoa.services import currencies, partners, rulebook
from stoa.services.currencies import CurrencyLine
from stoa.services.partners import AgreementTerms, StoreTerms
from stoa.services.rulebook import KINDS
from stoa.values.rulefiles import RuleFile
from stoa.work import Work

__all__ = ["Original", "read"]

_SECRET_NAME = re.compile(r"(^|_)(key|secret|password|token|credential)(_|$)")
_SECRET_TEXT = ("whsec_", "whsk_", "stoa_sk_")


@dataclass(frozen=True, slots=True)
class Original:
    """A partner and its programme as they are live.

    Attributes:
        settings: of the partner's plugin, without what looks like a secret.
        currencies: the alliance's and the partner's own; `points` is what its purchases earn.
        rules: those that hold.
    """

    code: str
    name: str
    trade: str
    plugin: str
    settings: Mapping[str, Any]
    stores: tuple[StoreTerms, ...]
    agreements: tuple[AgreementTerms, ...]
    currencies: tuple[CurrencyLine, ...]
    points: str
    rules: tuple[RuleFile, ...]


def read(work: Work, partner_id: UUID) -> Original:
    """Read what a partner's sandbox is made of.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
    partner = work.session.get(Partner, partner_id)
    if partner is None:
        raise PartnerUnknownError
    terms = partners.terms(work, partner_id, version=partner.version)
    stores = {store.id: store for store in terms.stores.values()}
    known = [line for line in currencies.listed(work) if line.issuer_id in (None, partner_id)]
    return Original(
        code=partner.code, name=partner.name, trade=partner.trade, plugin=partner.plugin,
        settings=_open(partner.settings), stores=tuple(stores.values()),
        agreements=terms.agreements, currencies=tuple(known), points=terms.points.code,
        rules=tuple(_rules(work)),
    )  # fmt: skip


def _rules(work: Work) -> list[RuleFile]:
    return [
        RuleFile(kind, line.code, rulebook.document(work, kind, line.code, line.version), line.note)
        for kind in KINDS
        for line in rulebook.listed(work, kind)
        if line.state == "active" and line.version is not None
    ]


def _open(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without those that are secrets, by their name or by how they begin."""
    return {
        name: value
        for name, value in settings.items()
        if not isinstance(value, str)
        or not (_SECRET_NAME.search(name) or value.startswith(_SECRET_TEXT))
    }
