"""What runs in a host: one plugin, asked over one line, until that line ends."""

import importlib
import json
import os
import socket
import sys
import traceback
from collections.abc import Mapping
from typing import Any

import structlog

from stoa.errors import PluginFailedError
from stoa.plugins import checking, codec
from stoa.plugins.codec import CodecError
from stoa.plugins.host import kernel
from stoa.plugins.host.confine import confine, silence
from stoa.plugins.host.frames import FrameError, pack, receive, unpack
from stoa.plugins.in_place import InPlace, PluginRefusedError, told

__all__ = ["live"]

_dumps = json.dumps  # a plugin may change what it finds in modules


def live(line: socket.socket, order: Mapping[str, Any]) -> None:
    """Confine this process, load the plugin, answer what is asked; then end the process."""
    try:
        silence(line.fileno())
        network = bool(order["network"])
        missing = order["missing"] + confine(
            order["name"], order["folder"], network=network, hidden=order["hidden"]
        )
        kernel.die_with_parent()  # here, for a change of the user undoes it
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
        plugin, ready = _load(order["name"], order["module"])
        ready |= {"missing": missing, "pid": os.getpid()}
        _send(line, ready)
        while plugin is not None:
            body = receive(line)
            if body is None:
                break
            _send(line, _reply(plugin, unpack(body)))
    except BaseException:  # noqa: BLE001, S110 - there is nobody to tell
        pass
    os._exit(0)


def _load(name: str, place: str) -> tuple[InPlace | None, dict[str, Any]]:
    home, _, attribute = place.partition(":")
    try:
        module = importlib.import_module(home)
        for each in filter(None, attribute.split(".")):
            module = getattr(module, each)
        plugin = InPlace(name, module)
        knobs = plugin.ask("settings", {}, {}) if "settings" in plugin.hooks else None
        settings = codec.answer("settings", list(checking.settings(name, knobs)))
        title, text = told(name, module)
    except PluginRefusedError as refused:
        return None, {"broken": str(refused)}
    except (PluginFailedError, CodecError) as failed:
        return None, {"broken": f"Its settings can't be used. {_why(failed)}"[:400]}
    except BaseException as wrong:  # noqa: BLE001 - whatever an import may raise
        return None, {"broken": f"It can't be imported: {_shown(wrong)}"[:400]}
    return plugin, {
        "hooks": sorted(plugin.hooks), "title": title, "text": text, "settings": settings,
        "answered_by": str(getattr(module, "answered_by", "")),
    }  # fmt: skip


def _reply(plugin: InPlace, asked: Mapping[str, Any]) -> dict[str, Any]:
    number, hook = asked["id"], asked["hook"]
    try:
        facts = codec.facts(hook, asked["facts"])
        answer = plugin.ask(hook, facts, facts.pop("settings"))
        return {"id": number, "answer": codec.answer(hook, answer)}
    except PluginFailedError as failed:
        return {"id": number, "raised": _why(failed), "trace": _trace(failed)}
    except CodecError as wrong:
        return {"id": number, "garbage": str(wrong)[:300]}
    except BaseException as wrong:  # noqa: BLE001 - an interrupt, or no memory left
        return {"id": number, "raised": _shown(wrong)}


def _send(line: socket.socket, data: dict[str, Any]) -> None:
    try:
        frame = pack(_dumps(data, separators=(",", ":"), allow_nan=False).encode())
    except (FrameError, ValueError, TypeError, RecursionError) as wrong:
        short = {"id": data.get("id"), "garbage": f"{type(wrong).__name__}: {wrong}"[:300]}
        frame = pack(_dumps(short).encode())
    line.sendall(frame)


def _why(failed: Exception) -> str:
    return _shown(failed.__cause__ or failed)


def _shown(wrong: BaseException) -> str:
    try:
        return f"{type(wrong).__name__}: {wrong}"[:300]
    except BaseException:  # noqa: BLE001 - its own text may raise
        return type(wrong).__name__


def _trace(failed: Exception) -> str:
    cause = failed.__cause__
    if cause is None or sys.getrecursionlimit() < 100:  # noqa: PLR2004 - a plugin may set it
        return ""
    try:
        return "".join(traceback.format_exception(cause, limit=-8))[-2000:]
    except BaseException:  # noqa: BLE001 - as above
        return ""
