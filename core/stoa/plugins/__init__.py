"""The only room that asks plugins: it finds them, asks typed questions, checks every answer.

    facade     `Plugins`: one method a hook; what is unusable is a `PluginFailedError`
    checking   types and ranges of every answer, whoever gave it
    codec      questions and answers as JSON, strictly
    in_place   a module of this process, under a pluggy of its own
    finding    what is installed

Every question goes to one named plugin, never along a shared chain, so that no plugin can see or
stop another's call.
"""

from stoa.plugins.facade import Plugins
from stoa.plugins.finding import Broken, Plugin

__all__ = ["Broken", "Plugin", "Plugins"]
