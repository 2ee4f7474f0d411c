"""Answers are checked for type and range before anybody uses them; one bad item spoils the whole.

An answer of the right kind that says what it must not is a violation: another partner that should
pay, points out of range, lines that are not on the receipt, more items than there may be. It has no
effect, like all garbage, and is counted by itself, for it is what an attack looks like.

Whoever answered, a module in this process, a process of its own or the partner's server: the same
checks, and the same `PluginFailedError`, which tells callers nothing of the answer.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import structlog

from stoa.errors import PluginFailedError
from stoa.values.amounts import MAX_ENTRY_POINTS
from stoa.values.arithmetic import fits
from stoa.values.facts import (
    Benefit,
    Claim,
    Considered,
    CostShare,
    EarnLine,
    Fulfilment,
    Grant,
    Purchase,
    Refusal,
    Reward,
)
from stoa.values.languages import LANGUAGES
from stoa.values.rewards import FULFILS, KINDS, is_picture
from stoa.values.settings import Setting, read_settings

__all__ = [
    "benefits", "claim", "earn_lines", "fulfilment", "garbage", "price", "refusal", "rewards",
    "settings",
]  # fmt: skip

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_MAX_ANSWERS = 500
_MAX_CODE = 64
_MAX_SAYS = 4
_MAX_MINOR = 10**15
_MAX_OFFERS = 50
_PAYERS = {"operator", "partner", "receipts"}
_WHOLE_SHARE = 100
_MAX_CODES = 100
_STATES = ("done", "later", "refused")


def settings(name: str, answer: Any) -> tuple[Setting, ...]:  # noqa: ANN401 - unknown yet
    """Check the knobs of a plugin: each fits its own kind, and no two have one name."""
    knobs = _checked_list(name, answer, Setting, _setting_fits)
    if len({knob.name for knob in knobs}) < len(knobs):
        raise garbage(name, "Setting", [knob.name for knob in knobs])
    return tuple(knobs)


def refusal(name: str, answer: Any) -> Refusal | None:  # noqa: ANN401 - unknown yet
    """Check why a purchase must not be taken."""
    return None if answer is None else _checked(name, answer, Refusal, _refusal_fits)


def earn_lines(name: str, answer: Any, purchase: Purchase) -> list[EarnLine]:  # noqa: ANN401 - unknown yet
    """Check what a purchase earns: lines of this very receipt."""
    known = {line.line_no for line in purchase.lines}
    return _checked_list(name, answer, EarnLine, lambda line: _earn_line_fits(line, known))


def benefits(name: str, answer: Any) -> list[Benefit]:  # noqa: ANN401 - unknown yet
    """Check what a member may enjoy."""
    return _checked_list(name, answer, Benefit, _benefit_fits)


def claim(name: str, answer: Any, claim: Claim) -> Grant | Refusal | None:  # noqa: ANN401 - unknown yet
    """Check the decision on a claim: receipts of this very claim, shares that are a whole."""
    if answer is None:
        return None
    if type(answer) is Refusal:
        return _checked(name, answer, Refusal, _refusal_fits)
    return _checked(name, answer, Grant, lambda grant: _grant_fits(grant, claim))


def rewards(name: str, answer: Any) -> list[Reward]:  # noqa: ANN401 - unknown yet
    """Check what is offered for points."""
    return _checked_list(name, answer, Reward, _reward_fits)


def price(name: str, answer: Any) -> int | None:  # noqa: ANN401 - unknown yet
    """Check the price of an order in points."""
    return None if answer is None else _checked(name, answer, int, _points_fit)


def fulfilment(name: str, answer: Any) -> Fulfilment | None:  # noqa: ANN401 - unknown yet
    """Check how far an order is."""
    return None if answer is None else _checked(name, answer, Fulfilment, _fulfilment_fits)


def garbage(
    name: str, wanted: str, answer: object, *, violation: bool = False
) -> PluginFailedError:
    """Return the failure that an unusable answer is, and log the beginning of it."""
    try:
        shown = f"{type(answer).__name__}: {answer!r}"[:200]
    except BaseException:  # noqa: BLE001 - a plugin's own repr may raise anything
        shown = type(answer).__name__
    _log.error("plugin.violation" if violation else "plugin.garbage", plugin=name, answer=shown)
    failed = PluginFailedError(plugin=name)
    failed.violation = violation
    failed.add_note(f"This is no {wanted} that the core can use: {shown}")
    return failed


def _checked(name: str, answer: Any, kind: type[T], fits: Callable[[T], bool]) -> T:  # noqa: ANN401 - unknown yet
    violation = False
    try:
        if type(answer) is kind:
            if fits(answer):
                return answer
            violation = True
    except (TypeError, AttributeError, ValueError, KeyError):
        pass  # a field of a wrong type: garbage like any other
    raise garbage(name, kind.__name__, answer, violation=violation)


def _checked_list(name: str, answer: Any, kind: type[T], fits: Callable[[T], bool]) -> list[T]:  # noqa: ANN401 - unknown yet
    if answer is None:
        return []
    if type(answer) not in (list, tuple):
        raise garbage(name, kind.__name__, answer)
    if len(answer) > _MAX_ANSWERS:
        raise garbage(name, kind.__name__, answer, violation=True)
    return [_checked(name, item, kind, fits) for item in answer]


def _whole(value: object, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _text(value: object, limit: int = 500) -> bool:
    return type(value) is str and len(value) <= limit and b"\0" not in value.encode()


def _code(value: object) -> bool:
    return type(value) is str and 0 < len(value) <= _MAX_CODE and value.isprintable()


def _setting_fits(setting: Setting) -> bool:
    return setting.name.isidentifier() and bool(read_settings([setting], {}))


def _points_fit(points: object) -> bool:
    return _whole(points, 1, MAX_ENTRY_POINTS)


def _refusal_fits(refusal: Refusal) -> bool:
    return _code(refusal.code) and _text(refusal.detail)


def _earn_line_fits(line: EarnLine, known: set[int]) -> bool:
    texts = _code(line.reason) and _text(line.arithmetic) and _says_fit(line.says)
    numbers = _numbers_fit(line.line_nos, known)
    return texts and numbers and _whole(line.points, 0, MAX_ENTRY_POINTS)


def _numbers_fit(numbers: object, known: set[int]) -> bool:
    if type(numbers) is not tuple or not {type(number) for number in numbers} <= {int}:
        return False
    return len(set(numbers)) == len(numbers) and known.issuperset(numbers)


def _says_fit(says: object) -> bool:
    return type(says) is tuple and len(says) <= _MAX_SAYS and all(map(fits, says))


def _benefit_fits(benefit: Benefit) -> bool:
    texts = _code(benefit.code) and _text(benefit.title) and _code(benefit.unit)
    return texts and _text(benefit.reason) and _whole(benefit.available_milli, 0, _MAX_MINOR)


def _grant_fits(grant: Grant, claim: Claim) -> bool:
    amounts = (grant.quantity_milli, grant.worth_minor, grant.due_minor)
    option = grant.points_option is None or _points_fit(grant.points_option)
    whole = all(_whole(amount, 0, _MAX_MINOR) for amount in amounts)
    texts = _code(grant.unit) and _text(grant.reason)
    lists = (
        _numbers_fit(grant.receipts, {receipt.number for receipt in claim.receipts})
        and _shares_fit(grant.shares)
        and _offers_fit(grant.offers)
    )
    return whole and option and texts and lists


def _shares_fit(shares: object) -> bool:
    if type(shares) is not tuple or any(type(each) is not CostShare for each in shares):
        return False
    payers = [each.payer for each in shares]
    parts = [each.share for each in shares]
    named = len(set(payers)) == len(payers) and _PAYERS.issuperset(payers)
    fitting = all(_whole(part, 1, _WHOLE_SHARE) for part in parts)
    return named and fitting and (not parts or sum(parts) == _WHOLE_SHARE)


def _offers_fit(offers: object) -> bool:
    return (
        type(offers) is tuple
        and len(offers) <= _MAX_OFFERS
        and all(
            type(each) is Considered
            and _code(each.code)
            and _whole(each.worth_minor, 0, _MAX_MINOR)
            and _whole(each.quantity_milli, 0, _MAX_MINOR)
            and type(each.chosen) is bool
            for each in offers
        )
    )


def _reward_fits(reward: Reward) -> bool:
    texts = _code(reward.code) and _text(reward.title)
    worth = _whole(reward.worth_minor, 0, _MAX_MINOR) and _whole(reward.max_quantity, 1, 999)
    return texts and worth and _points_fit(reward.points) and _more_fits(reward)


def _more_fits(reward: Reward) -> bool:
    """Tell whether what a reward may leave out fits."""
    said = reward.kind in KINDS and reward.fulfil in FULFILS and _text(reward.about, 1000)
    titles = type(reward.titles) is tuple and all(
        language in LANGUAGES and _text(title, 120) and title for language, title in reward.titles
    )
    stock = reward.stock is None or _whole(reward.stock, 0, _MAX_MINOR)
    shown = reward.picture == "" or is_picture(reward.picture)
    ends = reward.until is None or (
        type(reward.until) is datetime and reward.until.utcoffset() is not None
    )
    return (
        said and titles and stock and shown and ends and _whole(reward.money_minor, 0, _MAX_MINOR)
    )


def _fulfilment_fits(done: Fulfilment) -> bool:
    texts = _text(done.reference) and _text(done.detail) and done.state in _STATES
    codes = type(done.codes) is tuple and len(done.codes) <= _MAX_CODES
    left = done.stock_left is None or _whole(done.stock_left, 0, _MAX_MINOR)
    return texts and left and codes and all(map(_code, done.codes))
