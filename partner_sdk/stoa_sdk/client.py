"""One partner's connection: `Client` waits, `AsyncClient` is awaited; the deeds are the same.

Most deeds stand in `stoa_sdk.methods`; here are those that look a member up first or unwrap what
comes, and what sends a call.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from types import TracebackType
from typing import Self

import httpx2
import stamina

from stoa_sdk import currencies, engaging, enjoying, ladders, log, resources
from stoa_sdk.activities import OpenActivity, Referrals
from stoa_sdk.answers import read_answer
from stoa_sdk.batches import AsyncBatches, Batches
from stoa_sdk.benefits import Benefit
from stoa_sdk.calls import AnswerT, Call
from stoa_sdk.campaigns import Campaign
from stoa_sdk.coupons import AsyncCoupons, Coupons
from stoa_sdk.currencies import ExchangeRate
from stoa_sdk.disputes import AsyncDisputes, Disputes
from stoa_sdk.endpoints import AsyncEvents, AsyncWebhooks, Events, Webhooks
from stoa_sdk.explained import Explained, Story
from stoa_sdk.facts import Entry, Wallet
from stoa_sdk.funding import AsyncFunding, Funding
from stoa_sdk.inputs import Member, as_member
from stoa_sdk.ladders import Ladder, Standing
from stoa_sdk.methods import AsyncDeeds, Deeds
from stoa_sdk.paging import async_pages, pages
from stoa_sdk.parking import AsyncParking, Parking
from stoa_sdk.proofs import Receipt
from stoa_sdk.requests import AsyncRequests, Requests
from stoa_sdk.sandbox import AsyncSandbox, Sandbox
from stoa_sdk.statements import AsyncPositions, AsyncStatements, Positions, Statements
from stoa_sdk.tokens import ClientProof
from stoa_sdk.transport import (
    ATTEMPTS,
    Settings,
    carrying_key,
    request_options,
    retries,
    wait_before_retry,
)

__all__ = ["AsyncClient", "Client"]


class Client(Deeds):
    """A partner's connection; keep one, share it between threads, close it at the end.

    Args:
        base_url: of the alliance, such as ``https://points.example.org``.
        client_id: of the partner.
        client_secret: of the partner; or, better, its `stoa_sdk.keys.PrivateKey`.
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
        client_secret: str | ClientProof,
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
        self.requests = Requests(self)
        self.sandbox = Sandbox(self)
        self.disputes = Disputes(self)
        self.funding = Funding(self)
        self.positions = Positions(self)
        self.statements = Statements(self)

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
        call = resources.history_page(
            self._ref(member), limit=page_size, currency=currency, language=language
        )
        for page in pages(self, call):
            yield from page.entries

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


class AsyncClient(AsyncDeeds):
    """The same connection for asyncio; the arguments are those of `Client`."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str | ClientProof,
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
        self.requests = AsyncRequests(self)
        self.sandbox = AsyncSandbox(self)
        self.disputes = AsyncDisputes(self)
        self.funding = AsyncFunding(self)
        self.positions = AsyncPositions(self)
        self.statements = AsyncStatements(self)

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
        call = resources.history_page(
            await self._ref(member), limit=page_size, currency=currency, language=language
        )
        async for page in async_pages(self, call):
            for entry in page.entries:
                yield entry

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
