"""The only room that touches pluggy: finds plugins and asks them typed questions.

Every question goes to one named plugin, never along a shared chain, so that no plugin can see or
stop another's call. Whatever a plugin raises is contained here, and every answer is checked for
type and range before anybody uses it; a failure of either kind is a `PluginFailedError`.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points
from inspect import getdoc
from typing import Any, TypeVar

import pluggy
import structlog

from stoa import hookspecs
from stoa.errors import PluginFailedError, PluginUnknownError
from stoa.values.amounts import MAX_ENTRY_POINTS
from stoa.values.arithmetic import fits
from stoa.values.events import Event
from stoa.values.facts import (
    Benefit,
    Claim,
    Considered,
    CostShare,
    EarnLine,
    Fulfilment,
    Grant,
    Order,
    Purchase,
    Refusal,
    Reward,
    Standing,
)
from stoa.values.languages import LANGUAGES
from stoa.values.rewards import FULFILS, KINDS, is_picture
from stoa.values.settings import Setting, read_settings

__all__ = ["Plugin", "Plugins"]

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


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed plugin: its name, its title and text for the operator, and its knobs.

    `version` is that of the distribution it came with; ``None`` where it came with none.
    """

    name: str
    title: str
    description: str
    settings: tuple[Setting, ...]
    version: str | None = None


class Plugins:
    """The installed plugins, asked one at a time.

    Args:
        modules: plugins by name, in place of those found at the entry point group ``stoa.plugins``.
        strict: raise every failure where otherwise it is logged and the plugin or its list is left
            out; for checking a plugin, never for a server.

    Raises:
        pluggy.PluginValidationError: a plugin has a hook that `stoa.hookspecs` does not know.
    """

    def __init__(
        self, modules: Mapping[str, object] | None = None, *, strict: bool = False
    ) -> None:
        self._strict = strict
        self._manager = pluggy.PluginManager("stoa")
        self._manager.add_hookspecs(hookspecs)
        for name, module in (_installed() if modules is None else modules).items():
            self._manager.register(module, name)
        self._manager.check_pending()
        self._caller = cache(self._find_caller)
        self._plugins: dict[str, Plugin] = {}
        for name, module in sorted(self._manager.list_name_plugin(), key=lambda pair: pair[0]):
            self._load(name, module)

    @classmethod
    def installed_and(cls, modules: Mapping[str, object]) -> "Plugins":
        """Return the installed plugins together with others given by name."""
        return cls(_installed() | dict(modules))

    def all(self) -> list[Plugin]:
        """Return the installed plugins in the order of their names."""
        return list(self._plugins.values())

    def get(self, name: str) -> Plugin:
        """Return one plugin.

        Raises:
            PluginUnknownError: none of this name is installed.
        """
        if name not in self._plugins:
            raise PluginUnknownError(plugin=name)
        return self._plugins[name]

    def version(self, name: str) -> str | None:
        """Return the version of the distribution that brought a plugin, as far as it is known."""
        known = self._plugins.get(name)
        return known.version if known else None

    def refuse_purchase(
        self, name: str, purchase: Purchase, settings: Mapping[str, Any]
    ) -> Refusal | None:
        """Ask why a purchase must not be taken; ``None`` when it may."""
        answer = self._ask(name, "refuse_purchase", purchase=purchase, settings=settings)
        return None if answer is None else _checked(name, answer, Refusal, _refusal_fits)

    def earn_lines(
        self, name: str, purchase: Purchase, standing: Standing, settings: Mapping[str, Any]
    ) -> list[EarnLine]:
        """Ask what base points a purchase earns."""
        answer = self._ask(
            name, "earn_lines", purchase=purchase, standing=standing, settings=settings
        )
        known = {line.line_no for line in purchase.lines}
        return _checked_list(name, answer, EarnLine, lambda line: _earn_line_fits(line, known))

    def benefits(
        self, name: str, standing: Standing, settings: Mapping[str, Any], at: datetime
    ) -> list[Benefit]:
        """Ask what a member may enjoy now; empty when the plugin fails."""
        try:
            answer = self._ask(name, "benefits", standing=standing, settings=settings, at=at)
            return _checked_list(name, answer, Benefit, _benefit_fits)
        except PluginFailedError:
            if self._strict:
                raise
            return []

    def claim_benefit(
        self, name: str, claim: Claim, standing: Standing, settings: Mapping[str, Any]
    ) -> Grant | Refusal | None:
        """Ask for the decision on a claim; ``None`` when the plugin has no such benefit."""
        answer = self._ask(name, "claim_benefit", claim=claim, standing=standing, settings=settings)
        if answer is None:
            return None
        if type(answer) is Refusal:
            return _checked(name, answer, Refusal, _refusal_fits)
        return _checked(name, answer, Grant, lambda grant: _grant_fits(grant, claim))

    def rewards(self, name: str, settings: Mapping[str, Any], at: datetime) -> list[Reward]:
        """Ask what the partner offers for points."""
        answer = self._ask(name, "rewards", settings=settings, at=at)
        return _checked_list(name, answer, Reward, _reward_fits)

    def price_reward(
        self, name: str, order: Order, standing: Standing, settings: Mapping[str, Any]
    ) -> int | None:
        """Ask how many points an order costs; ``None`` for the list price times the quantity."""
        answer = self._ask(name, "price_reward", order=order, standing=standing, settings=settings)
        return None if answer is None else _checked(name, answer, int, _points_fit)

    def fulfil(self, name: str, order: Order, settings: Mapping[str, Any]) -> Fulfilment | None:
        """Ask to hand out an order; ``None`` when the plugin knows no such reward."""
        return self._run("fulfil", name, order, settings)

    def cancel_fulfilment(
        self, name: str, order: Order, settings: Mapping[str, Any]
    ) -> Fulfilment | None:
        """Ask to undo an order; ``None`` when there is nothing to undo."""
        return self._run("cancel_fulfilment", name, order, settings)

    def notify(self, name: str, event: Event, settings: Mapping[str, Any]) -> None:
        """Tell the plugin what happened; a failure is logged."""
        try:
            own = replace(event, facts=deepcopy(event.facts))
            self._ask(name, "happened", event=own, settings=settings)
        except PluginFailedError:
            if self._strict:
                raise

    def _run(
        self, hook: str, name: str, order: Order, settings: Mapping[str, Any]
    ) -> Fulfilment | None:
        own = replace(order, deliver_to=dict(order.deliver_to))
        answer = self._ask(name, hook, order=own, settings=settings)
        return None if answer is None else _checked(name, answer, Fulfilment, _fulfilment_fits)

    def _load(self, name: str, module: object) -> None:
        try:
            self._plugins[name] = self._describe(name, module)
        except PluginFailedError:
            if self._strict:
                raise

    def _describe(self, name: str, module: object) -> Plugin:
        title, _, description = (getdoc(module) or name).partition("\n")
        knobs = _checked_list(name, self._call(name, "settings", {}), Setting, _setting_fits)
        if len({knob.name for knob in knobs}) < len(knobs):
            raise _garbage(name, Setting, [knob.name for knob in knobs])
        return Plugin(
            name, title.strip().rstrip("."), description.strip(), tuple(knobs),
            _version(name, module),
        )  # fmt: skip

    def _find_caller(self, name: str, hook: str) -> pluggy.HookCaller:
        others = [other for each, other in self._manager.list_name_plugin() if each != name]
        return self._manager.subset_hook_caller(hook, others)

    def _ask(self, name: str, hook: str, settings: Mapping[str, Any], **facts: Any) -> Any:  # noqa: ANN401 - checked by callers
        if name not in self._plugins:
            raise PluginFailedError(f"The plugin {name} is not installed.", plugin=name)
        if not self._caller(name, hook).get_hookimpls():
            return None  # it has nothing to say to this
        return self._call(name, hook, facts | {"settings": _fresh(settings)})

    def _call(self, name: str, hook: str, facts: Mapping[str, Any]) -> Any:  # noqa: ANN401 - checked by callers
        try:
            return self._caller(name, hook)(**facts)
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as wrong:  # a plugin's SystemExit must not end the server
            _log.exception("plugin.raised", plugin=name, hook=hook)
            raise PluginFailedError(plugin=name) from wrong


def _fresh(settings: Mapping[str, Any]) -> dict[str, Any]:
    # A plugin may change what it is given; the next question must not see it.
    return {
        name: [dict(row) for row in value] if isinstance(value, list | tuple) else value
        for name, value in settings.items()
    }


def _installed() -> dict[str, object]:
    """Return the modules found at ``stoa.plugins``; one that can't be imported is left out."""
    found = {}
    for entry in sorted(entry_points(group="stoa.plugins"), key=lambda each: each.name):
        try:
            found[entry.name] = entry.load()
        except Exception:  # noqa: BLE001 - whatever an import may raise
            _log.exception("plugin.not_importable", plugin=entry.name)
    return found


def _version(name: str, module: object) -> str | None:
    home = getattr(module, "__name__", type(module).__module__)
    for entry in entry_points(group="stoa.plugins", name=name):
        if entry.module == home and entry.dist is not None:
            return entry.dist.version
    return None


def _checked(name: str, answer: Any, kind: type[T], fits: Callable[[T], bool]) -> T:  # noqa: ANN401 - unknown yet
    try:
        if type(answer) is kind and fits(answer):
            return answer
    except (TypeError, AttributeError, ValueError, KeyError):
        pass  # a field of a wrong type: garbage like any other
    raise _garbage(name, kind, answer)


def _checked_list(name: str, answer: Any, kind: type[T], fits: Callable[[T], bool]) -> list[T]:  # noqa: ANN401 - unknown yet
    if answer is None:
        return []
    if type(answer) not in (list, tuple) or len(answer) > _MAX_ANSWERS:
        raise _garbage(name, kind, answer)
    return [_checked(name, item, kind, fits) for item in answer]


def _garbage(name: str, kind: type, answer: object) -> PluginFailedError:
    try:
        shown = f"{type(answer).__name__}: {answer!r}"[:200]
    except BaseException:  # noqa: BLE001 - a plugin's own repr may raise anything
        shown = type(answer).__name__
    _log.error("plugin.garbage", plugin=name, answer=shown)
    failed = PluginFailedError(plugin=name)
    failed.add_note(f"This is no {kind.__name__} that the core can use: {shown}")
    return failed


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
