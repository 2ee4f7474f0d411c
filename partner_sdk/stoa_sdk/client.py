"""One partner's connection: `Client` waits, `AsyncClient` is awaited; the deeds are the same.

A deed is written once, in `stoa_sdk.resources` or `reversals`, as a function that makes a `Call`;
here each becomes a method that sends it.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from types import TracebackType
from typing import Self

import httpx2
import stamina

from stoa_sdk import (
    catalogue,
    currencies,
    engaging,
    enjoying,
    ladders,
    log,
    lotteries,
    ordering,
    promotions,
    resources,
    reversals,
    sharing,
)
from stoa_sdk.activities import OpenActivity, Referrals
from stoa_sdk.answers import read_answer
from stoa_sdk.batches import AsyncBatches, Batches
from stoa_sdk.benefits import Benefit
from stoa_sdk.calls import AnswerT, Call
from stoa_sdk.campaigns import Campaign
from stoa_sdk.coupons import AsyncCoupons, Coupons
from stoa_sdk.currencies import ExchangeRate
from stoa_sdk.deeds import async_deed, async_holding, deed, holding
from stoa_sdk.endpoints import AsyncEvents, AsyncWebhooks, Events, Webhooks
from stoa_sdk.explained import Explained, Story
from stoa_sdk.facts import Entry, Wallet
from stoa_sdk.inputs import Member, as_member
from stoa_sdk.ladders import Ladder, Standing
from stoa_sdk.parking import AsyncParking, Parking
from stoa_sdk.proofs import Receipt
from stoa_sdk.transport import (
    ATTEMPTS,
    Settings,
    carrying_key,
    request_options,
    retries,
    wait_before_retry,
)

__all__ = ["AsyncClient", "Client"]


class Client:
    """A partner's connection; keep one, share it between threads, close it at the end.

    Args:
        base_url: of the alliance, such as ``https://points.example.org``.
        client_id: of the partner.
        client_secret: of the partner.
        scopes: what to ask for, as names or one text; by default all that the partner has.
        timeout_s: how long to wait for a connection or an answer, each time.
        attempts: how often a request is sent at most.
        dpop: bind tokens to a key that is made here and sign every request with it (RFC 9449);
            needs the extra ``stoa-sdk[dpop]``.
        transport: what carries the requests instead of the network, for tests.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        scopes: Iterable[str] | None = None,
        timeout_s: float = 10.0,
        attempts: int = ATTEMPTS,
        dpop: bool = False,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        settings = Settings(base_url, client_id, client_secret, scopes, timeout_s, attempts, dpop)
        self._attempts = attempts
        self._http = httpx2.Client(**settings.http_options(), transport=transport)
        self.batches = Batches(self)
        self.coupons = Coupons(self)
        self.parking = Parking(self)
        self.webhooks = Webhooks(self)
        self.events = Events(self)

    enrol = deed(resources.enrol)
    resolve = deed(resources.resolve)
    member_code = deed(resources.member_code)
    set_pin = deed(resources.set_pin)
    estimate = deed(resources.estimate)
    earn = deed(resources.earn)
    purchase = deed(resources.purchase)
    find_purchases = deed(reversals.find_purchases)
    return_ = deed(reversals.return_)
    return_by_receipt = deed(reversals.return_by_receipt)
    waiting_return = deed(reversals.waiting_return)
    waiting_returns = deed(reversals.waiting_returns)
    drop_return = deed(reversals.drop_return)
    void_purchase = deed(reversals.void_purchase)
    hold = holding(resources.hold)
    capture = deed(resources.capture)
    void = deed(resources.void)
    extend = deed(reversals.extend)
    refund = deed(reversals.refund)
    find_redemptions = deed(reversals.find_redemptions)
    redemption = deed(resources.redemption)
    quote_reward = deed(ordering.quote_reward)
    member_redemptions = deed(ordering.member_redemptions)
    quote_exchange = deed(currencies.quote_exchange)
    exchange = deed(currencies.exchange)
    transfer = deed(sharing.transfer)
    found_household = deed(sharing.found_household)
    add_to_household = deed(sharing.add_to_household)
    contribute = deed(sharing.contribute)
    leave_household = deed(sharing.leave_household)
    household = deed(sharing.household)
    challenges = deed(promotions.challenges)
    member_challenges = deed(promotions.member_challenges)
    join_challenge = deed(promotions.join_challenge)
    chances = deed(promotions.chances)
    buy_chance = deed(promotions.buy_chance)
    draw_chance = deed(promotions.draw_chance)
    undo_chance = deed(promotions.undo_chance)
    draws = deed(lotteries.draws)
    draw = deed(lotteries.draw)
    buy_ticket = deed(lotteries.buy_ticket)
    draw_ticket = deed(lotteries.draw_ticket)
    claim_prize = deed(lotteries.claim_prize)
    draw_result = deed(lotteries.draw_result)
    member_tickets = deed(lotteries.member_tickets)
    rewards = catalogue.every_reward
    reward_page = deed(catalogue.reward_page)
    reward = deed(catalogue.reward)
    member_rewards = deed(catalogue.member_rewards)
    report_activity = deed(engaging.report_activity)
    make_activity_code = deed(engaging.make_activity_code)
    activity_code = deed(engaging.activity_code)
    share_link = deed(engaging.share_link)
    invite_to_survey = deed(engaging.invite_to_survey)
    benefit_slots = deed(enjoying.benefit_slots)
    quote_benefit = deed(enjoying.quote_benefit)
    claim_benefit = deed(enjoying.claim_benefit)
    capture_claim = deed(enjoying.capture_claim)
    release_claim = deed(enjoying.release_claim)
    claim = deed(enjoying.claim)
    partner = deed(resources.partner)
    checkpoint = deed(log.checkpoint)
    consistency = deed(log.consistency)
    log_keys = deed(log.log_keys)

    def balance(self, member: Member, *, currency: str | None = None) -> Wallet:
        """Return what a member's wallet holds, is worth and loses next.

        A member named otherwise than by `member_ref` is resolved first (``members:read``).
        `currency` names your own points instead of the alliance's.
        """
        return self.send(resources.balance(self._ref(member), currency=currency))

    def wallets(self, member: Member) -> tuple[Wallet, ...]:
        """Return a member's wallets of the alliance's points and of your own."""
        return (self.send(currencies.wallets_of(self._ref(member)))).wallets

    def exchange_rates(self) -> tuple[ExchangeRate, ...]:
        """Return the rates in force between the alliance's currencies and your own."""
        return (self.send(currencies.rates_in_force())).rates

    def history(
        self,
        member: Member,
        *,
        page_size: int = 25,
        currency: str | None = None,
        language: str | None = None,
    ) -> Iterator[Entry]:
        """Yield a member's entries, newest first, fetching page after page as they are needed.

        `language` is that of the explanations; without one they are plain English.
        """
        member_ref = self._ref(member)
        cursor: str | None = None
        while True:
            call = resources.history_page(
                member_ref, cursor=cursor, limit=page_size, currency=currency, language=language
            )
            page = self.send(call)
            yield from page.entries
            cursor = page.next_cursor
            if cursor is None:
                return

    def explain(self, member: Member, entry: int, *, language: str | None = None) -> Explained:
        """Return where an entry's points came from, and what became of those it brought."""
        return self.send(resources.explain(self._ref(member), entry, language=language))

    def explain_purchase(self, purchase_id: str, *, language: str | None = None) -> Story:
        """Return why a purchase of yours earned what it did, line by line.

        `language` is ``en``, ``zh-Hans`` or ``zh-Hant``; without one it is the member's own.
        """
        return self.send(resources.explain_purchase(purchase_id, language=language))

    def receipt(self, member: Member, entry: int, *, currency: str | None = None) -> Receipt:
        """Return the receipt of an entry of a member's history that names your partner.

        Keep it: ``stoa-sdk verify`` proves the entry with it, offline and for ever.

        Raises:
            NotFound: ``ENTRY_UNKNOWN``, there is no such entry of yours.
            Conflict: ``PROOF_NOT_READY``, no signed checkpoint covers it yet: ask in a minute.
        """
        return self.send(log.receipt(self._ref(member), entry, currency=currency))

    def activities(
        self, member: Member, *, language: str | None = None
    ) -> tuple[OpenActivity, ...]:
        """Return what a member can do at your stores to earn without buying."""
        call = engaging.activities_of(self._ref(member), language=language)
        return self.send(call).activities

    def referrals(self, member: Member) -> Referrals:
        """Return a member's own code for friends, and what became of those who came by it."""
        return self.send(engaging.referrals_of(self._ref(member)))

    def campaigns(self, *, language: str | None = None) -> tuple[Campaign, ...]:
        """Return the campaigns that hold at your stores now or within 30 days."""
        return self.send(resources.campaigns(language=language)).campaigns

    def tiers(self) -> tuple[Ladder, ...]:
        """Return the ladders that hold, with what each tier brings and how it is reached."""
        return self.send(ladders.tiers()).ladders

    def standing(self, member: Member) -> tuple[Standing, ...]:
        """Return where a member stands in each ladder, and what is missing for more."""
        return self.send(ladders.standing(self._ref(member))).standings

    def benefits(self, member: Member, *, own: bool = False) -> tuple[Benefit, ...]:
        """Return what a member may enjoy now, at your partner first; `own` leaves out others."""
        return self.send(enjoying.benefits(self._ref(member), own=own)).benefits

    def send(self, call: Call[AnswerT]) -> AnswerT:
        """Send a call, again where that is safe and may help, and return its answer.

        Raises:
            Problem: the answer is no.
            ConnectionFailed: no answer came; the error carries the key to repeat the call with.
            AnswerUnreadable: it was done, but the answer lacks a field.
        """
        for attempt in stamina.retry_context(wait_before_retry, **retries(self._attempts)):
            with attempt, carrying_key(call):
                return read_answer(call, self._http.request(**request_options(call)))
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ref(self, member: Member) -> str:
        name = as_member(member)
        return name.value if name.type == "member_ref" else self.resolve(name).member_ref

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncClient:
    """The same connection for asyncio; the arguments are those of `Client`."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        scopes: Iterable[str] | None = None,
        timeout_s: float = 10.0,
        attempts: int = ATTEMPTS,
        dpop: bool = False,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        settings = Settings(base_url, client_id, client_secret, scopes, timeout_s, attempts, dpop)
        self._attempts = attempts
        self._http = httpx2.AsyncClient(**settings.http_options(), transport=transport)
        self.batches = AsyncBatches(self)
        self.coupons = AsyncCoupons(self)
        self.parking = AsyncParking(self)
        self.webhooks = AsyncWebhooks(self)
        self.events = AsyncEvents(self)

    enrol = async_deed(resources.enrol)
    resolve = async_deed(resources.resolve)
    member_code = async_deed(resources.member_code)
    set_pin = async_deed(resources.set_pin)
    estimate = async_deed(resources.estimate)
    earn = async_deed(resources.earn)
    purchase = async_deed(resources.purchase)
    find_purchases = async_deed(reversals.find_purchases)
    return_ = async_deed(reversals.return_)
    return_by_receipt = async_deed(reversals.return_by_receipt)
    waiting_return = async_deed(reversals.waiting_return)
    waiting_returns = async_deed(reversals.waiting_returns)
    drop_return = async_deed(reversals.drop_return)
    void_purchase = async_deed(reversals.void_purchase)
    hold = async_holding(resources.hold)
    capture = async_deed(resources.capture)
    void = async_deed(resources.void)
    extend = async_deed(reversals.extend)
    refund = async_deed(reversals.refund)
    find_redemptions = async_deed(reversals.find_redemptions)
    redemption = async_deed(resources.redemption)
    quote_reward = async_deed(ordering.quote_reward)
    member_redemptions = async_deed(ordering.member_redemptions)
    quote_exchange = async_deed(currencies.quote_exchange)
    exchange = async_deed(currencies.exchange)
    transfer = async_deed(sharing.transfer)
    found_household = async_deed(sharing.found_household)
    add_to_household = async_deed(sharing.add_to_household)
    contribute = async_deed(sharing.contribute)
    leave_household = async_deed(sharing.leave_household)
    household = async_deed(sharing.household)
    challenges = async_deed(promotions.challenges)
    member_challenges = async_deed(promotions.member_challenges)
    join_challenge = async_deed(promotions.join_challenge)
    chances = async_deed(promotions.chances)
    buy_chance = async_deed(promotions.buy_chance)
    draw_chance = async_deed(promotions.draw_chance)
    undo_chance = async_deed(promotions.undo_chance)
    draws = async_deed(lotteries.draws)
    draw = async_deed(lotteries.draw)
    buy_ticket = async_deed(lotteries.buy_ticket)
    draw_ticket = async_deed(lotteries.draw_ticket)
    claim_prize = async_deed(lotteries.claim_prize)
    draw_result = async_deed(lotteries.draw_result)
    member_tickets = async_deed(lotteries.member_tickets)
    rewards = catalogue.every_reward_awaited
    reward_page = async_deed(catalogue.reward_page)
    reward = async_deed(catalogue.reward)
    member_rewards = async_deed(catalogue.member_rewards)
    report_activity = async_deed(engaging.report_activity)
    make_activity_code = async_deed(engaging.make_activity_code)
    activity_code = async_deed(engaging.activity_code)
    share_link = async_deed(engaging.share_link)
    invite_to_survey = async_deed(engaging.invite_to_survey)
    benefit_slots = async_deed(enjoying.benefit_slots)
    quote_benefit = async_deed(enjoying.quote_benefit)
    claim_benefit = async_deed(enjoying.claim_benefit)
    capture_claim = async_deed(enjoying.capture_claim)
    release_claim = async_deed(enjoying.release_claim)
    claim = async_deed(enjoying.claim)
    partner = async_deed(resources.partner)
    checkpoint = async_deed(log.checkpoint)
    consistency = async_deed(log.consistency)
    log_keys = async_deed(log.log_keys)

    async def balance(self, member: Member, *, currency: str | None = None) -> Wallet:
        """Return what a member's wallet holds, is worth and loses next.

        A member named otherwise than by `member_ref` is resolved first (``members:read``).
        `currency` names your own points instead of the alliance's.
        """
        return await self.send(resources.balance(await self._ref(member), currency=currency))

    async def wallets(self, member: Member) -> tuple[Wallet, ...]:
        """Return a member's wallets of the alliance's points and of your own."""
        return (await self.send(currencies.wallets_of(await self._ref(member)))).wallets

    async def exchange_rates(self) -> tuple[ExchangeRate, ...]:
        """Return the rates in force between the alliance's currencies and your own."""
        return (await self.send(currencies.rates_in_force())).rates

    async def history(
        self,
        member: Member,
        *,
        page_size: int = 25,
        currency: str | None = None,
        language: str | None = None,
    ) -> AsyncIterator[Entry]:
        """Yield a member's entries, newest first, fetching page after page as they are needed.

        `language` is that of the explanations; without one they are plain English.
        """
        member_ref = await self._ref(member)
        cursor: str | None = None
        while True:
            call = resources.history_page(
                member_ref, cursor=cursor, limit=page_size, currency=currency, language=language
            )
            page = await self.send(call)
            for entry in page.entries:
                yield entry
            cursor = page.next_cursor
            if cursor is None:
                return

    async def explain(
        self, member: Member, entry: int, *, language: str | None = None
    ) -> Explained:
        """Return where an entry's points came from, and what became of those it brought."""
        return await self.send(resources.explain(await self._ref(member), entry, language=language))

    async def explain_purchase(self, purchase_id: str, *, language: str | None = None) -> Story:
        """Return why a purchase of yours earned what it did, line by line.

        `language` is ``en``, ``zh-Hans`` or ``zh-Hant``; without one it is the member's own.
        """
        return await self.send(resources.explain_purchase(purchase_id, language=language))

    async def receipt(self, member: Member, entry: int, *, currency: str | None = None) -> Receipt:
        """Return the receipt of an entry of a member's history that names your partner.

        Keep it: ``stoa-sdk verify`` proves the entry with it, offline and for ever.

        Raises:
            NotFound: ``ENTRY_UNKNOWN``, there is no such entry of yours.
            Conflict: ``PROOF_NOT_READY``, no signed checkpoint covers it yet: ask in a minute.
        """
        return await self.send(log.receipt(await self._ref(member), entry, currency=currency))

    async def activities(
        self, member: Member, *, language: str | None = None
    ) -> tuple[OpenActivity, ...]:
        """Return what a member can do at your stores to earn without buying."""
        call = engaging.activities_of(await self._ref(member), language=language)
        return (await self.send(call)).activities

    async def referrals(self, member: Member) -> Referrals:
        """Return a member's own code for friends, and what became of those who came by it."""
        return await self.send(engaging.referrals_of(await self._ref(member)))

    async def campaigns(self, *, language: str | None = None) -> tuple[Campaign, ...]:
        """Return the campaigns that hold at your stores now or within 30 days."""
        return (await self.send(resources.campaigns(language=language))).campaigns

    async def tiers(self) -> tuple[Ladder, ...]:
        """Return the ladders that hold, with what each tier brings and how it is reached."""
        return (await self.send(ladders.tiers())).ladders

    async def standing(self, member: Member) -> tuple[Standing, ...]:
        """Return where a member stands in each ladder, and what is missing for more."""
        return (await self.send(ladders.standing(await self._ref(member)))).standings

    async def benefits(self, member: Member, *, own: bool = False) -> tuple[Benefit, ...]:
        """Return what a member may enjoy now, at your partner first; `own` leaves out others."""
        return (await self.send(enjoying.benefits(await self._ref(member), own=own))).benefits

    async def send(self, call: Call[AnswerT]) -> AnswerT:
        """Send a call, again where that is safe and may help, and return its answer.

        Raises:
            Problem: the answer is no.
            ConnectionFailed: no answer came; the error carries the key to repeat the call with.
            AnswerUnreadable: it was done, but the answer lacks a field.
        """
        async for attempt in stamina.retry_context(wait_before_retry, **retries(self._attempts)):
            with attempt, carrying_key(call):
                return read_answer(call, await self._http.request(**request_options(call)))
        raise AssertionError("the last attempt returns or raises")

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _ref(self, member: Member) -> str:
        name = as_member(member)
        if name.type == "member_ref":
            return name.value
        return (await self.resolve(name)).member_ref

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
