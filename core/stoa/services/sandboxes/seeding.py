"""Fills a new sandbox: the partner as it is live, its neighbours, its members, the rules."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

import structlog

from stoa.errors import StoaError
from stoa.services import (
    credentials,
    currencies,
    earning,
    identity,
    ledger,
    members,
    partners,
    programmes,
    redemption,
    returns,
    tiers,
)
from stoa.services.earning import Report, ReportLine
from stoa.services.ledger import OpenedLine
from stoa.services.members import Token
from stoa.services.redemption import Ask
from stoa.services.sandboxes.originals import Original
from stoa.services.sandboxes.people import NEIGHBOURS, PEOPLE, Seeded
from stoa.services.sandboxes.records import Credential
from stoa.work import Actor, Desk, Key, Work

__all__ = ["GROCERY", "TRAVEL", "sow"]

GROCERY, TRAVEL = (each.code for each in NEIGHBOURS)

_ACTOR = Actor("sandbox")
_BEFORE = timedelta(days=2)
"""How long the sandbox has existed when it is opened: purchases of yesterday may be reported."""

_SITE = "sandbox-mall"
_SOON = timedelta(days=7)
_SOON_POINTS = 300
_GOLD_DAYS = 30
_HELD_S = 900

_log = structlog.get_logger(__name__)


def sow(desk: Desk, original: Original, clients: Sequence[Credential]) -> list[str]:
    """Fill an empty sandbox; return the places of the rules that were left out.

    Args:
        desk: on it, by a clock of its own.
    """
    return _Sower(desk, original).sow(clients)


class _Sower:
    def __init__(self, desk: Desk, original: Original) -> None:
        self._desk = desk
        self._original = original
        self._partners: dict[str, UUID] = {}
        self._members: dict[str, UUID] = {}

    def sow(self, clients: Sequence[Credential]) -> list[str]:
        with self._desk.work(_ACTOR) as work:
            self._found_points(work)
            self._bring_in(work)
            self._settle_in(work)
            self._give_clients(work, clients)
        with self._desk.work(_ACTOR) as work:
            self._enrol(work)
        for who in PEOPLE:
            self._let_happen(who)
        return self._bind_rules()

    def _found_points(self, work: Work) -> None:
        for line in self._original.currencies:
            if line.issuer_id is None:
                self._found(work, line, None)

    def _found(self, work: Work, line: currencies.CurrencyLine, issuer_id: UUID | None) -> None:
        terms = line.terms
        partners.found_currency(
            work, line.name, rule=terms.expiry.rule, months=terms.expiry.months,
            face_value=terms.face_value, debt_policy=terms.debt_policy,
            grace_days=terms.grace_days, rounding=terms.rounding, code=line.code,
            issuer_id=issuer_id, spending=terms.spending,
        )  # fmt: skip
        work.session.flush()

    def _bring_in(self, work: Work) -> None:
        """Take in the partner with its stores, its agreement and its own points."""
        it = self._original
        first = it.agreements[0]
        partner_id = partners.onboard(
            work, it.code, it.name, trade=it.trade, plugin=it.plugin, settings=it.settings,
            issue_price=first.issue_price, reimbursement_rate=first.reimbursement_rate,
            backdate_days=first.backdate_days, return_days=first.return_days,
            pending_days=first.pending_days, since=first.effective_from,
        )  # fmt: skip
        for later in it.agreements[1:]:
            partners.agree(
                work, partner_id, effective_from=later.effective_from,
                issue_price=later.issue_price, reimbursement_rate=later.reimbursement_rate,
                backdate_days=later.backdate_days, return_days=later.return_days,
                pending_days=later.pending_days,
            )  # fmt: skip
        sites: dict[str, UUID] = {}
        for store in it.stores:
            if store.site not in sites:
                sites[store.site] = partners.add_site(
                    work, store.site, store.site_name, zone=store.zone
                )
            partners.add_store(
                work, partner_id, sites[store.site], store.code, store.name,
                currency=store.currency, channel=store.channel,
            )  # fmt: skip
        for line in it.currencies:
            if line.issuer_id is not None:
                self._found(work, line, partner_id)
        if it.points != work.programme.currency:
            currencies.issue_in(work, partner_id, it.points)
        self._partners[it.code] = partner_id

    def _settle_in(self, work: Work) -> None:
        """Take in the neighbours, at a mall of their own."""
        site = partners.add_site(work, _SITE, "Sandbox Mall", zone=work.programme.zone)
        for each in NEIGHBOURS:
            partner_id = partners.onboard(
                work, each.code, each.name, trade=each.trade, plugin="standard", settings={},
                pending_days=each.pending_days, since=work.today() - _BEFORE,
            )  # fmt: skip
            partners.add_store(
                work, partner_id, site, "main", f"{each.name}, Sandbox Mall",
                currency=work.programme.money_currency,
            )  # fmt: skip
            self._partners[each.code] = partner_id

    def _give_clients(self, work: Work, clients: Sequence[Credential]) -> None:
        for each in clients:
            own = each.partner == self._original.code
            credentials.put_client(
                work, self._partners[each.partner], each.client_id, "sandbox",
                credentials.SCOPES if own else credentials.TILL_SCOPES,
                hashed=each.hash, prefix=each.prefix,
            )  # fmt: skip

    def _enrol(self, work: Work) -> None:
        for who in PEOPLE:
            found, _ = members.enrol(
                work, who.name, source="sandbox", card=who.card, email=who.email
            )
            self._members[who.card] = found.id
        lines = [line for who in PEOPLE for line in self._opening(work, who)]
        ledger.open_lots(
            work, work.programme.currency, digest=hashlib.sha256(b"sandbox").digest(),
            lines=[self._numbered(line, number) for number, line in enumerate(lines, 1)],
        )  # fmt: skip

    def _opening(self, work: Work, who: Seeded) -> list[OpenedLine]:
        terms = partners.terms(work, self._partners[GROCERY])
        today = work.today()
        last = terms.currencies[work.programme.currency].expiry.last_day(today)
        soon = min(today + _SOON, last or date.max)
        lots = [(who.brought, last)]
        if who.situation == "expiring":
            lots = [(_SOON_POINTS, soon), (who.brought - _SOON_POINTS, last)]
        member_id = self._members[who.card]
        return [
            OpenedLine(0, member_id, points, today, ends, None, "sandbox")
            for points, ends in lots
            if points
        ]

    @staticmethod
    def _numbered(line: OpenedLine, number: int) -> OpenedLine:
        return OpenedLine(
            number, line.member_id, line.points, line.earned_on, line.expires_on, line.partner_id,
            line.reference,
        )  # fmt: skip

    def _let_happen(self, who: Seeded) -> None:
        """Bring a member into its situation; what the live terms refuse is left out."""
        deeds: Mapping[str, Callable[[Seeded], object]] = {
            "pending": lambda one: self._buy(one, TRAVEL, one.pending),
            "debt": self._owe,
            "held": self._hold,
            "frozen": self._freeze,
        }
        deed = deeds.get(who.situation)
        if deed is None:
            return
        try:
            deed(who)
        except StoaError as refused:
            _log.warning("sandbox.left_out", situation=who.situation, why=refused.code)

    def _buy(self, who: Seeded, shop: str, points: int) -> UUID:
        minor = points * 100
        report = Report(
            Token("card", who.card), "main", "t1", f"SBX-{who.card[-3:]}", self._desk.clock(),
            self._desk.programme.money_currency,
            (ReportLine(1, "sandbox", "", 1000, "ea", minor),),
        )  # fmt: skip
        with self._desk.work(self._at(shop)) as work:
            return earning.earn(work, report, key=_key("buy", who)).purchase_id

    def _owe(self, who: Seeded) -> None:
        """Buy, spend the points of it, and give the goods back."""
        purchase_id = self._buy(who, GROCERY, who.debt)
        with self._desk.work(self._at(GROCERY)) as work:
            ask = Ask(self._met(work, who), "main", who.debt)
            held = redemption.hold(work, ask, key=_key("spend", who)).redemption
            redemption.capture(work, held.id, points=None, key=_key("pay", who))
        with self._desk.work(self._at(GROCERY)) as work:
            returns.return_lines(work, purchase_id, None, key=_key("return", who))

    def _hold(self, who: Seeded) -> None:
        with self._desk.work(self._at(GROCERY)) as work:
            ttl_s = min(_HELD_S, work.programme.hold_ttl_s)
            ask = Ask(self._met(work, who), "main", who.held, ttl_s=ttl_s)
            redemption.hold(work, ask, key=_key("hold", who))

    def _freeze(self, who: Seeded) -> None:
        with self._desk.work(_ACTOR) as work:
            members.freeze(work, self._members[who.card], reason="sandbox")

    def _bind_rules(self) -> list[str]:
        """Let the live rules hold; return those that name what a sandbox lacks."""
        left_out = []
        with self._desk.work(_ACTOR) as work:
            for rule in programmes.ordered(self._original.rules):
                try:
                    with work.session.begin_nested():
                        programmes.save(work, rule)
                        programmes.activate(work, rule.kind, rule.code)
                except StoaError:
                    left_out.append(rule.place)
        with suppress(StoaError), self._desk.work(_ACTOR) as work:
            ladder = tiers.ladder(work)
            for who in PEOPLE if ladder else ():
                if who.situation == "gold":
                    until = work.today() + timedelta(days=_GOLD_DAYS)
                    tiers.assign(
                        work, self._members[who.card], ladder[-1].code, reason="sandbox",
                        until=until,
                    )  # fmt: skip
        return left_out

    def _at(self, shop: str) -> Actor:
        return Actor("client:sandbox", self._partners[shop])

    def _met(self, work: Work, who: Seeded) -> Token:
        ref_key = partners.terms(work, self._partners[GROCERY]).ref_key
        return Token("member_ref", identity.member_ref(ref_key, self._members[who.card]))


def _key(deed: str, who: Seeded) -> Key:
    value = f"sandbox-{deed}-{who.card}"
    return Key(value, hashlib.sha256(value.encode()).digest()[:16])
