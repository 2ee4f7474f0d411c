"""A plugin that is asked in this process: one module under a pluggy of its own, never a chain.

Whatever it raises is contained; what it never answers is not, for nothing can end a thread.
"""

from collections.abc import Mapping
from inspect import getdoc
from typing import Any

import pluggy
import structlog

from stoa import hookspecs
from stoa.errors import PluginFailedError

__all__ = ["InPlace", "PluginRefusedError", "told"]

_log = structlog.get_logger(__name__)


class PluginRefusedError(Exception):
    """A module must not be asked anything; the text says why."""


class InPlace:
    """One plugin of this process.

    Attributes:
        name: under which it is known.
        hooks: those it answers.

    Raises:
        PluginRefusedError: it has a hook that nobody asks, or wants to stand around others' calls.
    """

    def __init__(self, name: str, module: object) -> None:
        self.name = name
        self._manager = pluggy.PluginManager("stoa")
        self._manager.add_hookspecs(hookspecs)
        try:
            self._manager.register(module, name)
            self._manager.check_pending()
        except pluggy.PluginValidationError as wrong:
            raise PluginRefusedError(str(wrong)) from wrong
        self._callers = {each: getattr(self._manager.hook, each) for each in hookspecs.__all__}
        for hook, caller in self._callers.items():
            for each in caller.get_hookimpls():
                if each.wrapper or each.hookwrapper or each.tryfirst or each.trylast:
                    raise PluginRefusedError(f"{hook} may not wrap or go before others.")
        self.hooks = frozenset(
            hook for hook, caller in self._callers.items() if caller.get_hookimpls()
        )

    def answers(self, hook: str, settings: Mapping[str, Any]) -> bool:  # noqa: ARG002 - whatever they are
        """Tell whether it has something to say to a hook."""
        return hook in self.hooks

    def key(self, settings: Mapping[str, Any]) -> str:  # noqa: ARG002 - as above
        """Return nothing: what it does is counted for all partners together."""
        return ""

    def ask(self, hook: str, facts: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:  # noqa: ANN401 - checked by callers
        """Ask one hook; return whatever it answers.

        Raises:
            PluginFailedError: it raised; what, is the cause.
        """
        try:
            return self._callers[hook](**facts, settings=_fresh(settings))
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as wrong:  # a plugin's SystemExit must not end the server
            _log.exception("plugin.raised", plugin=self.name, hook=hook)
            raise PluginFailedError(plugin=self.name) from wrong


def told(name: str, module: object) -> tuple[str, str]:
    """Return a plugin's title and text: the first line of its docstring, and the rest."""
    title, _, text = (getdoc(module) or name).partition("\n")
    return title.strip().rstrip("."), text.strip()


def _fresh(settings: Mapping[str, Any]) -> dict[str, Any]:
    # A plugin may change what it is given; the next question must not see it.
    return {
        name: [dict(row) for row in value] if isinstance(value, list | tuple) else value
        for name, value in settings.items()
    }
