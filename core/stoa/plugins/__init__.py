"""The only room that asks plugins: it finds them, asks typed questions, checks every answer.

    facade     `Plugins`: one method a hook; what is unusable is a `PluginFailedError`
    finding    what is installed
    housing    which of it is asked where
    in_place   a module of this process, under a pluggy of its own
    host       processes that can be killed, for everybody else's modules
    remote     the partner's own server, over signed HTTPS
    codec      questions and answers as JSON, strictly
    checking   types and ranges of every answer, whoever gave it
    health     calls, times and failures; breaker: who fails often is not asked for a while

Every question goes to one named plugin, never along a shared chain, so that no plugin can see or
stop another's call.
"""

from stoa.plugins.facade import Plugins
from stoa.plugins.finding import Broken, Plugin
from stoa.plugins.health import BOUNDS_MS, Figures
from stoa.plugins.housing import Housing, housing_of

__all__ = ["BOUNDS_MS", "Broken", "Figures", "Housing", "Plugin", "Plugins", "housing_of"]
