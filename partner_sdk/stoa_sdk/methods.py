"""The deeds of both clients that need nothing but their call: one line each.

A deed is written once, as a function that makes a `Call`; here it becomes a method that sends it,
and where its answer is a page, one more, ending in ``_all``, that goes through all of them.
"""

from stoa_sdk import (
    catalogue,
    currencies,
    engaging,
    enjoying,
    log,
    lotteries,
    ordering,
    promotions,
    resources,
    reversals,
    sharing,
)
from stoa_sdk.backs import WaitingReturn, WaitingReturns
from stoa_sdk.calls import AsyncSender, Sender
from stoa_sdk.catalogue import MemberReward, MemberRewards, Reward, RewardPage
from stoa_sdk.deeds import async_deed, async_holding, deed, holding
from stoa_sdk.ordering import HadReward, HadRewards
from stoa_sdk.paging import async_paged, paged

__all__ = ["AsyncDeeds", "Deeds"]


def _rewards(page: RewardPage) -> tuple[Reward, ...]:
    return page.rewards


def _member_rewards(page: MemberRewards) -> tuple[MemberReward, ...]:
    return page.rewards


def _redemptions(page: HadRewards) -> tuple[HadReward, ...]:
    return page.redemptions


def _returns(page: WaitingReturns) -> tuple[WaitingReturn, ...]:
    return page.returns


class Deeds(Sender):
    """What a `Client` does."""

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
    rewards_all = paged(catalogue.reward_page, _rewards)
    member_rewards_all = paged(catalogue.member_rewards, _member_rewards)
    member_redemptions_all = paged(ordering.member_redemptions, _redemptions)
    waiting_returns_all = paged(reversals.waiting_returns, _returns)


class AsyncDeeds(AsyncSender):
    """What an `AsyncClient` does: deeds are awaited, ``_all`` is gone through by ``async for``."""

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
    rewards_all = async_paged(catalogue.reward_page, _rewards)
    member_rewards_all = async_paged(catalogue.member_rewards, _member_rewards)
    member_redemptions_all = async_paged(ordering.member_redemptions, _redemptions)
    waiting_returns_all = async_paged(reversals.waiting_returns, _returns)
