"""Files of opening balances, and a process that dies while it imports one."""

import os
import signal
import sys
from pathlib import Path

from sales import open_plain_desk
from stoa.config import read_settings
from stoa.services import imports

HEADER = "kind,value,points,expires_on,earned_on,partner,reference"


def a_line(
    value: str = "ada@stoa.example",
    points: object = 100,
    *,
    kind: str = "email",
    expires_on: str = "2026-12-31",
    earned_on: str = "",
    partner: str = "",
    reference: str = "",
) -> str:
    """Return a line of the file."""
    return f"{kind},{value},{points},{expires_on},{earned_on},{partner},{reference}"


def a_file(folder: Path, *lines: str, name: str = "openings.csv", header: str = HEADER) -> Path:
    """Write a file of these lines below the header."""
    path = folder / name
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path


def _die_on_the_way(url: str, path: Path) -> None:
    batches = 0

    def told(_progress: imports.Progress) -> None:
        nonlocal batches
        batches += 1
        if batches == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    desk = open_plain_desk(url, read_settings())
    imports.open_balances(desk, path, "STAR", batch_lines=4, progress=told)


if __name__ == "__main__":
    _die_on_the_way(sys.argv[1], Path(sys.argv[2]))
