"""The typed face of all plugins: each question goes to one of them, and its answer is checked.

Whatever a plugin raises or answers amiss is a `PluginFailedError` here, and nothing else.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import structlog

from stoa.errors import PluginFailedError, PluginUnknownError
from stoa.plugins import checking
from stoa.plugins.finding import Broken, Plugin, installed, version_of
from stoa.plugins.in_place import InPlace, PluginRefusedError, told
from stoa.values.events import Event
from stoa.values.facts import (
    Benefit,
    Claim,
    EarnLine,
    Fulfilment,
    Grant,
    Order,
    Purchase,
    Refusal,
    Reward,
    Standing,
)

__all__ = ["Plugins"]

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Plugins:
    """The installed plugins, asked one at a time.

    Args:
        modules: plugins by name, in place of those found at the entry point group ``stoa.plugins``.
        strict: raise every failure where otherwise it is logged and the plugin or its list is left
            out; for checking a plugin, never for a server.

    Raises:
        PluginRefusedError: of a strict one: a plugin has a hook that nobody knows.
    """

    def __init__(
        self, modules: Mapping[str, object] | None = None, *, strict: bool = False
    ) -> None:
        self._strict = strict
        self._askers: dict[str, InPlace] = {}
        self._plugins: dict[str, Plugin] = {}
        self._broken: dict[str, Broken] = {}
        for name, module in sorted((self._installed() if modules is None else modules).items()):
            self._load(name, module)

    @classmethod
    def installed_and(cls, modules: Mapping[str, object]) -> "Plugins":
        """Return the installed plugins together with others given by name."""
        plugins = cls()
        for name, module in sorted(modules.items()):
            plugins._load(name, module)
        return plugins

    def all(self) -> list[Plugin]:
        """Return the installed plugins in the order of their names."""
        return [self._plugins[name] for name in sorted(self._plugins)]

    def broken(self) -> list[Broken]:
        """Return what is installed and could not be loaded, in the order of the names."""
        return [self._broken[name] for name in sorted(self._broken)]

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

    def answers(self, name: str, hook: str) -> bool:
        """Tell whether a plugin has a hook, so that what it would be asked with can be left out."""
        asker = self._askers.get(name)
        return asker is not None and hook in asker.hooks

    def refuse_purchase(
        self, name: str, purchase: Purchase, settings: Mapping[str, Any]
    ) -> Refusal | None:
        """Ask why a purchase must not be taken; ``None`` when it may."""
        return self._ask(
            name, "refuse_purchase", settings, {"purchase": purchase}, checking.refusal
        )

    def earn_lines(
        self, name: str, purchase: Purchase, standing: Standing, settings: Mapping[str, Any]
    ) -> list[EarnLine]:
        """Ask what base points a purchase earns."""
        lines = self._ask(
            name, "earn_lines", settings, {"purchase": purchase, "standing": standing},
            lambda name, answer: checking.earn_lines(name, answer, purchase),
        )  # fmt: skip
        return lines or []

    def benefits(
        self, name: str, standing: Standing, settings: Mapping[str, Any], at: datetime
    ) -> list[Benefit]:
        """Ask what a member may enjoy now; empty when the plugin fails."""
        facts = {"standing": standing, "at": at}
        try:
            return self._ask(name, "benefits", settings, facts, checking.benefits) or []
        except PluginFailedError:
            if self._strict:
                raise
            return []

    def claim_benefit(
        self, name: str, claim: Claim, standing: Standing, settings: Mapping[str, Any]
    ) -> Grant | Refusal | None:
        """Ask for the decision on a claim; ``None`` when the plugin has no such benefit."""
        return self._ask(
            name, "claim_benefit", settings, {"claim": claim, "standing": standing},
            lambda name, answer: checking.claim(name, answer, claim),
        )  # fmt: skip

    def rewards(self, name: str, settings: Mapping[str, Any], at: datetime) -> list[Reward]:
        """Ask what the partner offers for points."""
        return self._ask(name, "rewards", settings, {"at": at}, checking.rewards) or []

    def price_reward(
        self, name: str, order: Order, standing: Standing, settings: Mapping[str, Any]
    ) -> int | None:
        """Ask how many points an order costs; ``None`` for the list price times the quantity."""
        facts = {"order": order, "standing": standing}
        return self._ask(name, "price_reward", settings, facts, checking.price)

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
        own = replace(event, facts=deepcopy(event.facts))
        try:
            self._ask(name, "happened", settings, {"event": own}, lambda _name, _answer: None)
        except PluginFailedError:
            if self._strict:
                raise

    def _run(
        self, hook: str, name: str, order: Order, settings: Mapping[str, Any]
    ) -> Fulfilment | None:
        own = replace(order, deliver_to=dict(order.deliver_to))
        return self._ask(name, hook, settings, {"order": own}, checking.fulfilment)

    def _installed(self) -> dict[str, object]:
        """Return the modules of the installed plugins; one that can't be imported is broken."""
        modules = {}
        for found in installed():
            try:
                modules[found.name] = found.entry.load()
            except KeyboardInterrupt:
                raise
            except BaseException as wrong:  # noqa: BLE001 - whatever an import may raise
                self._note_broken(found.name, f"It can't be imported: {wrong!r}")
        return modules

    def _load(self, name: str, module: object) -> None:
        try:
            asker = InPlace(name, module)
            knobs = asker.ask("settings", {}) if "settings" in asker.hooks else None
            settings = checking.settings(name, knobs)
        except PluginRefusedError as refused:
            if self._strict:
                raise
            self._note_broken(name, str(refused))
        except PluginFailedError as failed:
            if self._strict:
                raise
            self._note_broken(name, f"Its settings can't be used. {why(failed)}")
        else:
            self._askers[name] = asker
            self._plugins[name] = Plugin(
                name, *told(name, module), settings, version_of(name, module)
            )

    def _note_broken(self, name: str, reason: str) -> None:
        _log.error("plugin.broken", plugin=name, reason=reason)
        self._broken[name] = Broken(name, reason[:500])

    def _ask(
        self,
        name: str,
        hook: str,
        settings: Mapping[str, Any],
        facts: dict[str, Any],
        check: Callable[[str, Any], T],
    ) -> T | None:
        asker = self._askers.get(name)
        if asker is None:
            raise PluginFailedError(f"The plugin {name} is not installed.", plugin=name)
        if hook not in asker.hooks:
            return None  # it has nothing to say to this
        return check(name, asker.ask(hook, facts | {"settings": _fresh(settings)}))


def why(failed: PluginFailedError) -> str:
    """Return what went wrong, for the operator and the plugin's author, in one line."""
    if failed.__cause__ is not None:
        return f"{type(failed.__cause__).__name__}: {failed.__cause__}"[:200]
    return " ".join(getattr(failed, "__notes__", [str(failed)]))[:200]


def _fresh(settings: Mapping[str, Any]) -> dict[str, Any]:
    # A plugin may change what it is given; the next question must not see it.
    return {
        name: [dict(row) for row in value] if isinstance(value, list | tuple) else value
        for name, value in settings.items()
    }
