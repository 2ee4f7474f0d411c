"""The typed face of all plugins: each question goes to one of them, and its answer is checked.

Whatever a plugin raises or answers amiss is a `PluginFailedError` here, and nothing else.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from time import perf_counter
from typing import Any, TypeVar

import structlog

from stoa.egress import Egress
from stoa.errors import PluginFailedError, PluginUnknownError
from stoa.plugins import checking
from stoa.plugins.codec import CodecError
from stoa.plugins.failing import NoAnswerError
from stoa.plugins.finding import Broken, Found, Plugin, installed, version_of
from stoa.plugins.health import Figures, Health, Saw
from stoa.plugins.host.apart import ERRANDS, Apart
from stoa.plugins.host.keeper import Keeper
from stoa.plugins.housing import Housing
from stoa.plugins.in_place import InPlace, PluginRefusedError, told
from stoa.plugins.remote import MARK, Remote
from stoa.plugins.sharing import Folder
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
        modules: plugins by name, in place of those found at the entry point group ``stoa.plugins``;
            they are asked in this process.
        apart: plugins by name, besides, by where they are imported from: ``stoa_cinema``; they are
            asked in processes of their own.
        housing: which of those that are found are asked in this process, and how the others are.
        strict: raise every failure where otherwise it is logged and the plugin or its list is left
            out; for checking a plugin, never for a server.

    Raises:
        PluginRefusedError: of a strict one: a plugin has a hook that nobody knows.
    """

    def __init__(
        self,
        modules: Mapping[str, object] | None = None,
        *,
        apart: Mapping[str, str] | None = None,
        housing: Housing | None = None,
        strict: bool = False,
    ) -> None:
        self._strict = strict
        self._housing = housing or Housing()
        folder = self._housing.folder
        self._health = Health(None if folder is None else Folder(folder))
        self._keeper = Keeper(start_s=self._housing.start_s)
        self._askers: dict[str, InPlace | Apart | Remote] = {}
        self._plugins: dict[str, Plugin] = {}
        self._broken: dict[str, Broken] = {}
        found = installed() if modules is None else []
        for each in found:
            if each.name in self._housing.in_place:
                self._import(each)
        for name, module in sorted((modules or {}).items()):
            self._load(name, module)
        hosted = {each.name: each for each in found if each.name not in self._housing.in_place}
        places = {name: (each.entry.value, each.version) for name, each in hosted.items()}
        places |= {name: (place, None) for name, place in (apart or {}).items()}
        self._load_apart(places)

    @classmethod
    def installed_and(cls, modules: Mapping[str, object]) -> "Plugins":
        """Return the installed plugins together with others given by name."""
        plugins = cls()
        for name, module in sorted(modules.items()):
            plugins._load(name, module)
        return plugins

    def close(self) -> None:
        """End every process of a plugin; the next question begins anew."""
        self._health.share()
        self._keeper.close()

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

    def health(self, name: str, settings: Mapping[str, Any]) -> Figures:
        """Return how a plugin does with one partner's settings, on this machine."""
        return self._health.figures(name, self._key(name, settings))

    def totals(self) -> dict[str, Figures]:
        """Return how plugins do by name, with all partners' settings, on this machine."""
        return self._health.totals()

    def try_again(self, name: str, settings: Mapping[str, Any]) -> None:
        """Close the breaker of a plugin with one partner's settings."""
        self._health.try_again(name, self._key(name, settings))

    def missing(self, name: str) -> list[str]:
        """Return what the processes of a plugin could not be kept from, for people."""
        asker = self._askers.get(name)
        return asker.missing if isinstance(asker, Apart) else []

    def pids(self, name: str) -> list[int]:
        """Return the numbers of a plugin's processes; none where it is asked in this one."""
        asker = self._askers.get(name)
        return asker.pids() if isinstance(asker, Apart) else []

    def listen(self, saw: Saw) -> None:
        """Have somebody told of every call: plugin, hook, what came of it, seconds."""
        self._health.listen(saw)

    def _import(self, found: Found) -> None:
        try:
            module = found.entry.load()
        except KeyboardInterrupt:
            raise
        except BaseException as wrong:  # noqa: BLE001 - whatever an import may raise
            self._note_broken(found.name, f"It can't be imported: {wrong!r}")
        else:
            self._load(found.name, module)

    def _load(self, name: str, module: object) -> None:
        try:
            asker = InPlace(name, module)
            knobs = asker.ask("settings", {}, {}) if "settings" in asker.hooks else None
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
            remote = getattr(module, "answered_by", "") == MARK
            plugin = Plugin(name, *told(name, module), settings, version_of(name, module))
            self._plugins[name] = replace(plugin, where="remote") if remote else plugin
            self._askers[name] = self._remote(name) if remote else asker

    def _remote(self, name: str) -> Remote:
        egress = self._housing.egress or Egress()
        return Remote(name, egress=egress, errand_s=self._housing.terms.errand_s)

    def _load_apart(self, places: Mapping[str, tuple[str, str | None]]) -> None:
        """Have all of them loaded side by side; one that does not load is broken."""
        terms = self._housing.terms
        askers = {
            name: Apart(name, place, keeper=self._keeper, terms=terms)
            for name, (place, _) in places.items()
        }
        for asker in askers.values():
            asker.begin()
        for name, asker in sorted(askers.items()):
            reason = asker.wait(self._housing.start_s + 1)
            try:
                knobs = () if reason else checking.settings(name, asker.settings)
            except (CodecError, PluginFailedError) as wrong:
                knobs, reason = (), f"Its settings can't be used: {wrong}"
            if reason:
                self._note_broken(name, reason)
            else:
                version = places[name][1]
                remote = asker.answered_by == MARK
                self._askers[name] = self._remote(name) if remote else asker
                where = "remote" if remote else "apart"
                self._plugins[name] = Plugin(name, *asker.told, knobs, version, where)

    def _note_broken(self, name: str, reason: str) -> None:
        _log.error("plugin.broken", plugin=name, reason=reason)
        self._broken[name] = Broken(name, reason[:500])

    def _key(self, name: str, settings: Mapping[str, Any]) -> str:
        asker = self._askers.get(name)
        return "" if asker is None else asker.key(settings)

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
        if not asker.answers(hook, settings):
            return None  # it has nothing to say to this
        watch = self._health.watch(name, asker.key(settings))
        question, apart = hook not in ERRANDS, not isinstance(asker, InPlace)
        began = perf_counter()
        try:
            if apart and question:
                watch.enter()
            answer = check(name, asker.ask(hook, facts, settings))
        except (NoAnswerError, CodecError) as wrong:
            kind = wrong.kind if isinstance(wrong, NoAnswerError) else "garbage"
            seconds = perf_counter() - began
            opened = watch.failed(hook, kind, str(wrong), seconds, counts=question)
            raise self._unanswered(name, hook, kind, wrong, opened=opened) from None
        except PluginFailedError as failed:
            kind = "raised" if failed.__cause__ else "garbage"
            kind = "violation" if failed.violation else kind
            seconds = perf_counter() - began
            opened = watch.failed(hook, kind, why(failed), seconds, counts=apart and question)
            if opened:
                _log.error("plugin.breaker_opened", plugin=name, hook=hook)
            raise
        watch.answered(hook, perf_counter() - began, timed=question)
        return answer

    def _unanswered(
        self, name: str, hook: str, kind: str, wrong: Exception, *, opened: bool
    ) -> PluginFailedError:
        if kind != "open":  # what is not asked is not worth a line each time
            _log.error("plugin.no_answer", plugin=name, hook=hook, kind=kind, why=str(wrong))
        if opened:
            _log.error("plugin.breaker_opened", plugin=name, hook=hook)
        failed = PluginFailedError(plugin=name)
        failed.add_note(str(wrong))
        return failed


def why(failed: PluginFailedError) -> str:
    """Return what went wrong, for the operator and the plugin's author, in one line."""
    if failed.__cause__ is not None:
        return f"{type(failed.__cause__).__name__}: {failed.__cause__}"[:200]
    return " ".join(getattr(failed, "__notes__", [str(failed)]))[:200]
