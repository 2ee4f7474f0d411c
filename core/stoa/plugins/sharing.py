"""A folder in which the processes of one machine leave their figures, and wishes for each other.

One file a process, written whole; that of a process that ended is taken away by who finds it.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["Folder"]


class Folder:
    """The folder, made when first written to; what can't be written is left out.

    Args:
        path: nobody else's.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def leave(self, figures: Mapping[str, Any]) -> None:
        """Leave this process' figures in place of its former ones."""
        with suppress(OSError):
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = self._path / f"{os.getpid()}.fresh"
            fresh.write_text(json.dumps(figures), "utf-8")
            fresh.replace(self._path / f"{os.getpid()}.json")

    def others(self) -> Iterator[Mapping[str, Any]]:
        """Return what other processes that live left."""
        for path in sorted(self._path.glob("*.json")):
            with suppress(OSError, ValueError):
                if int(path.stem) == os.getpid():
                    continue
                if _lives(int(path.stem)):
                    yield json.loads(path.read_text("utf-8"))
                else:
                    path.unlink(missing_ok=True)

    def ask_again(self, name: str, key: str) -> None:
        """Leave the wish that a plugin be asked again with one partner's settings."""
        with suppress(OSError):
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._path / f"{name}-{key}.again").touch()

    def asked_again(self, name: str, key: str) -> float:
        """Return when that was wished for last, in seconds since 1970; 0 for never."""
        try:
            return (self._path / f"{name}-{key}.again").stat().st_mtime
        except OSError:
            return 0.0


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
