"""Asks a plugin what the core would ask, and says what is wrong with its answers."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from time import perf_counter
from typing import Any

from stoa import hookspecs
from stoa.errors import PluginFailedError
from stoa.plugins import Plugins
from stoa.testing.facts import NOON, a_claim, a_line, a_purchase, a_standing
from stoa.values.events import TOPICS, Event
from stoa.values.facts import (
    Benefit,
    Claim,
    EarnLine,
    Fulfilment,
    Grant,
    Line,
    Order,
    Purchase,
    Reward,
    Standing,
)
from stoa.values.settings import InvalidSettingsError, read_settings
from stoa.values.wire import as_json, from_json

__all__ = [
    "DEADLINE_S",
    "ERRAND_DEADLINE_S",
    "check_errands",
    "check_plugin",
]

DEADLINE_S = 0.15
"""How long a question may take."""

ERRAND_DEADLINE_S = 30.0
"""How long an errand may take; the worker waits no longer and asks again later."""

_NAME = "checked"
_NOBODYS = "no_such_code"
_ZONES = ("UTC", "Asia/Shanghai", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati")


def check_plugin(
    module: object,
    *,
    settings: Mapping[str, Any] | None = None,
    purchases: int = 200,
    seed: int = 1,
) -> None:
    """Check that a plugin keeps its contract, by asking it what the core would ask.

    It must load, describe itself and its settings, answer every question within its range and
    `DEADLINE_S`, answer the same question alike whenever it is asked, change none of its facts,
    give no points for what was paid with points, and answer only for what it offers.

    Args:
        module: the plugin.
        settings: what an operator would fill in; the defaults where left out. Its texts are used
            as categories and tiers of what is asked.
        purchases: how many random purchases to ask about.
        seed: for other purchases than the last time.

    Raises:
        AssertionError: the contract is broken; the text says how.
    """
    _check_marks(module)
    plugins = _load(module)
    values = _read(plugins, settings or {})
    questions = list(_questions(plugins, values, Random(seed), purchases))  # noqa: S311 - no secret
    answers = []
    for question in questions:
        answers.append(question.ask(plugins))
        complaint = _round_trip(answers[-1][0]) or question.rule(answers[-1][0])
        if complaint:
            raise question.wrong(complaint)
    # The other way round, so that a plugin that remembers what it was asked before is found out.
    for question, (before, took_s) in reversed(list(zip(questions, answers, strict=True))):
        again, again_s = question.ask(plugins)
        if again != before:
            raise question.wrong(f"asked twice, it answered {before!r} and then {again!r}")
        if min(took_s, again_s) > DEADLINE_S:
            raise question.wrong(f"it took {took_s:.2f} s; the core waits {DEADLINE_S} s")
    _check_notices(plugins, values)


def check_errands(
    module: object, order: Order, *, settings: Mapping[str, Any] | None = None
) -> Fulfilment:
    """Check that a plugin's errands do an order once, against a server that the author runs.

    The order is asked for twice, then undone twice, as after lost answers: the second answer must
    be that of the first. Each must be in range, survive JSON and keep `ERRAND_DEADLINE_S`; orders
    for what nobody offers must be answered with ``None``.

    Args:
        module: the plugin.
        order: of a reward that the plugin fulfils; see `an_order`.
        settings: what an operator would fill in, the address of the author's server among it.

    Returns:
        What `fulfil` answered.

    Raises:
        AssertionError: the contract is broken; the text says how.
    """
    _check_marks(module)
    plugins = _load(module)
    values = _read(plugins, settings or {})
    done = _twice(plugins, "fulfil", order, values)
    if done is None:
        raise AssertionError(f"fulfil: it knows no reward {order.reward}")
    _twice(plugins, "cancel_fulfilment", order, values)
    foreign = replace(order, reward=_NOBODYS, id="hld_foreign")
    for hook in ("fulfil", "cancel_fulfilment"):
        question = _Question(hook, {"order": foreign, "settings": values})
        complaint = _is_nobodys(question.ask(plugins)[0])
        if complaint:
            raise question.wrong(complaint)
    return done


def _twice(
    plugins: Plugins, hook: str, order: Order, values: Mapping[str, Any]
) -> Fulfilment | None:
    question = _Question(hook, {"order": order, "settings": values})
    first: Fulfilment | None
    first, took_s = question.ask(plugins)
    again, again_s = question.ask(plugins)
    complaint = _round_trip(first)
    if complaint:
        raise question.wrong(complaint)
    if again != first:
        raise question.wrong(f"asked twice for one order, it answered {first!r} and then {again!r}")
    if max(took_s, again_s) > ERRAND_DEADLINE_S:
        raise question.wrong(f"it took over {ERRAND_DEADLINE_S:g} s, as long as the worker waits")
    return first


@dataclass(frozen=True, slots=True)
class _Question:
    hook: str
    facts: Mapping[str, Any]
    rule: Callable[[Any], str] = lambda _answer: ""

    def ask(self, plugins: Plugins) -> tuple[Any, float]:
        before = as_json(dict(self.facts))
        started = perf_counter()
        try:
            answer = getattr(plugins, self.hook)(_NAME, **self.facts)
        except PluginFailedError as failed:
            raise self.wrong(_why(failed)) from failed
        took_s = perf_counter() - started
        if as_json(dict(self.facts)) != before:
            raise self.wrong("it changed what it was asked about")
        return answer, took_s

    def wrong(self, what: str) -> AssertionError:
        facts = ", ".join(f"{name}={fact!r}" for name, fact in self.facts.items())
        return AssertionError(f"{self.hook}: {what}\nasked with {facts}"[:4000])


def _why(failed: PluginFailedError) -> str:
    if failed.__cause__ is not None:
        return f"it raised {type(failed.__cause__).__name__}: {failed.__cause__}"
    return " ".join(getattr(failed, "__notes__", [str(failed)]))


def _check_marks(module: object) -> None:
    hooks = [hook for hook in hookspecs.__all__ if callable(getattr(module, hook, None))]
    for hook in hooks:
        if not hasattr(getattr(module, hook), "stoa_impl"):
            raise AssertionError(f"{hook} is not asked: mark it with @hookimpl of stoa")
    if not hooks:
        raise AssertionError(
            f"the plugin answers no hook; there are {', '.join(hookspecs.__all__)}"
        )
    if not (getattr(module, "__doc__", None) or "").strip():
        raise AssertionError("write a module docstring: it is the title on the operator's screen")


def _load(module: object) -> Plugins:
    try:
        return Plugins({_NAME: module}, strict=True)
    except PluginFailedError as failed:
        raise AssertionError(f"settings: {_why(failed)}") from failed
    except Exception as wrong:
        raise AssertionError(f"the plugin can't be loaded: {wrong}") from wrong


def _read(plugins: Plugins, settings: Mapping[str, Any]) -> dict[str, Any]:
    knobs = plugins.get(_NAME).settings
    try:
        json.dumps(read_settings(knobs, {}))
        return read_settings(knobs, settings)
    except (InvalidSettingsError, TypeError) as wrong:
        raise AssertionError(f"settings: {wrong}") from wrong


def _questions(
    plugins: Plugins, settings: Mapping[str, Any], random: Random, purchases: int
) -> Iterator[_Question]:
    words = _words(settings)
    standings = [_a_random_standing(random, words) for _ in range(20)]
    standings += [a_standing(word, rank=1) for word in words]
    for purchase in [*_edges(), *(_a_random_purchase(random, words) for _ in range(purchases))]:
        facts = {"purchase": purchase, "settings": settings}
        yield _Question("refuse_purchase", facts)
        standing = random.choice(standings)
        yield _Question("earn_lines", facts | {"standing": standing}, _earns_rightly(purchase))
    yield from _benefit_questions(plugins, settings, random, standings)
    yield from _reward_questions(plugins, settings, standings)


def _benefit_questions(
    plugins: Plugins, settings: Mapping[str, Any], random: Random, standings: list[Standing]
) -> Iterator[_Question]:
    units: dict[str, str] = {}
    for standing in standings:
        listing = _Question(
            "benefits", {"standing": standing, "settings": settings, "at": NOON}, _codes_differ
        )
        yield listing
        offered: list[Benefit] = listing.ask(plugins)[0]
        units |= {benefit.code: benefit.unit for benefit in offered}
    for standing in standings:
        for code in [*units, _NOBODYS]:
            claim = _a_random_claim(random, code)
            facts = {"claim": claim, "standing": standing, "settings": settings}
            yield _Question("claim_benefit", facts, _grants_rightly(claim, units.get(code)))


def _reward_questions(
    plugins: Plugins, settings: Mapping[str, Any], standings: list[Standing]
) -> Iterator[_Question]:
    listing = _Question("rewards", {"settings": settings, "at": NOON}, _codes_differ)
    yield listing
    shelf: list[Reward] = listing.ask(plugins)[0]
    orders = [Order(each.code, count) for each in shelf for count in {1, each.max_quantity}]
    for standing in standings:
        for order in orders:
            facts = {"order": order, "standing": standing, "settings": settings}
            yield _Question("price_reward", facts)
        facts = {"order": Order(_NOBODYS, 1), "standing": standing, "settings": settings}
        yield _Question("price_reward", facts, _is_nobodys)


def _check_notices(plugins: Plugins, settings: Mapping[str, Any]) -> None:
    for topic in TOPICS:
        event = Event("evt_checked", topic, "prt_checked", NOON.isoformat(), {"points": 1})
        try:
            plugins.notify(_NAME, event, settings)
        except PluginFailedError as failed:
            raise AssertionError(f"happened: {_why(failed)}\ntold of {event!r}") from failed


def _round_trip(answer: object) -> str:
    for item in answer if isinstance(answer, list) else [answer]:
        sent = json.dumps(as_json(item), allow_nan=False)
        if item is not None and from_json(type(item), json.loads(sent)) != item:
            return f"{item!r} does not survive JSON"
    return ""


def _earns_rightly(purchase: Purchase) -> Callable[[list[EarnLine]], str]:
    def rule(lines: list[EarnLine]) -> str:
        if not purchase.earning_minor and any(line.points for line in lines):
            return "it gave points for what was paid with points; only earning_minor earns"
        return ""

    return rule


def _grants_rightly(claim: Claim, unit: str | None) -> Callable[[object], str]:
    def rule(answer: object) -> str:
        if unit is None:
            return _is_nobodys(answer)
        if answer is None:
            return "the benefit is listed, yet a claim for it is answered with None"
        if not isinstance(answer, Grant):
            return ""
        if answer.unit != unit:
            return f"it granted {answer.unit!r} of a benefit in {unit!r}"
        if claim.quantity_milli is not None and answer.quantity_milli > claim.quantity_milli:
            return "it granted more than was asked for"
        return ""

    return rule


def _is_nobodys(answer: object) -> str:
    return "" if answer is None else f"nobody offers this, so answer None, not {answer!r}"


def _codes_differ(offers: list[Any]) -> str:
    codes = [offer.code for offer in offers]
    return "" if len(set(codes)) == len(codes) else f"two have one code: {codes!r}"


def _words(settings: Mapping[str, Any]) -> list[str]:
    tables = [table for table in settings.values() if isinstance(table, list)]
    cells = [cell for table in tables for row in table for cell in row.values()]
    return sorted({cell for cell in cells if isinstance(cell, str)})


def _edges() -> list[Purchase]:
    by_points = a_line(net_minor=5000, earning_minor=0, unit="L")
    many = [a_line(line_no, net_minor=line_no) for line_no in range(1, 501)]
    return [
        a_purchase(by_points),
        a_purchase(total_minor=0),
        a_purchase(total_minor=1),
        a_purchase(total_minor=10**11, currency="JPY"),
        a_purchase(*many, currency="KWD"),
    ]


def _a_random_purchase(random: Random, words: list[str]) -> Purchase:
    lines = [_a_random_line(random, place, words) for place in range(1, random.randint(2, 8))]
    at = NOON + timedelta(minutes=random.randint(0, 60 * 24 * 7))
    currency = random.choice(["CNY", "EUR", "JPY", "KWD"])
    return a_purchase(*lines, currency=currency, at=at, zone=random.choice(_ZONES))


def _a_random_line(random: Random, line_no: int, words: list[str]) -> Line:
    net = random.choice([0, 1, 99, random.randint(1, 10**4), random.randint(1, 10**8)])
    return a_line(
        line_no,
        net_minor=net,
        earning_minor=random.choice([net, net, random.randint(0, net), 0]),
        category=random.choice(["", "grocery", "FUEL", "飲料", 'it\'s "odd"', *words]),
        quantity_milli=random.choice([1, 1000, 37_800, random.randint(1, 10**6)]),
        unit=random.choice(["ea", "L", "kg", "h"]),
    )


def _a_random_standing(random: Random, words: list[str]) -> Standing:
    tier = random.choice(["basic", "silver", "gold", "金卡", *words])
    spent = random.choice([0, 19_999, 20_000, random.randint(0, 10**7)])
    visits = random.choice([0, 1, 9, random.randint(0, 10**4)])
    return a_standing(tier, rank=random.randint(0, 9), spent_today_minor=spent, visits=visits)


def _a_random_claim(random: Random, benefit: str) -> Claim:
    minutes = random.choice([0, 1, 60, 250, random.randint(0, 10**5)])
    return a_claim(
        benefit,
        stay=random.choice([None, timedelta(minutes=minutes)]),
        quantity_milli=random.choice([None, 1, 1000, random.randint(1, 10**6)]),
        unit_price_minor=random.choice([None, 1, 800]),
        subject=random.choice(["", "AB 1234", "粵Z·1234港"]),
        used_milli=random.choice([0, 0, random.randint(0, 10**6)]),
        subject_used_milli=random.choice([0, 0, 60_000]),
        currency=random.choice(["CNY", "JPY"]),
        receipts=[random.randint(1, 10**5) for _ in range(random.choice([0, 0, 1, 3]))],
        used_ever_milli=random.choice([0, random.randint(0, 10**6)]),
        stay_used_milli=random.choice([0, 0, 60_000]),
        subject_used_ever_milli=random.choice([0, 0, 1000]),
    )
