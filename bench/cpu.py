"""How much processor time a process has used, with all below it; from Linux' ``/proc``.

Rates of a shared machine change with the hour; the CPU time of a request changes far less.
"""

import os
from collections import defaultdict
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def seconds(root: int) -> float:
    """Return the CPU seconds of a process and of all that descend from it and live."""
    used: dict[int, float] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        pid = int(folder.name)
        used[pid] = (int(words[11]) + int(words[12])) / _TICK
        children[int(words[1])].append(pid)
    family = [root]
    for pid in family:
        family += children[pid]
    return sum(used.get(pid, 0.0) for pid in family)
