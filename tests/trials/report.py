"""What trials tell: one result a trial, and the summary of all of them."""

import json
import math
import subprocess
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from trials.checker import Flaw
from trials.history import Call

__all__ = ["Result", "commit", "p99_ms", "show", "summary", "write"]

_MOST_SHOWN = 8
_MOST_LETTERS = 300


@dataclass
class Result:
    """How one trial went.

    Attributes:
        kind: kill, storm, cut or machine.
        name: which of them, such as ``database``.
        recovery_s: from the fault until the first deed asked for after it was done.
        p99_ms: 99 of 100 answers came within that.
    """

    kind: str
    name: str
    seed: str
    flaws: list[Flaw] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    recovery_s: float | None = None
    p99_ms: float | None = None
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether anything was found."""
        return bool(self.flaws)

    def told(self) -> str:
        """Return what went wrong, with the seed that repeats it."""
        shown = [f"  {flaw.kind}: {flaw.what}"[:_MOST_LETTERS] for flaw in self.flaws[:_MOST_SHOWN]]
        flaws = "\n".join(shown)
        return f"{self.kind} {self.name}, seed {self.seed}: {len(self.flaws)} flaws\n{flaws}"


def p99_ms(calls: Sequence[Call]) -> float | None:
    """Return the milliseconds that 99 of 100 answered calls stay under."""
    times = sorted(c.told_at - c.asked_at for c in calls if c.told_at is not None and c.status)
    return times[math.ceil(len(times) * 0.99) - 1] * 1000 if times else None


@cache
def commit() -> str:
    """Return the commit that is tried, marked when the files differ from it."""
    words = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    told = subprocess.run(
        words, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


def summary(results: Sequence[Result], *, seed: str) -> dict[str, Any]:
    """Return the figures of a run as JSON has them."""
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        groups[result.kind, result.name].append(result)
    rows = [_row(kind, name, each) for (kind, name), each in groups.items()]
    return {
        "seed": seed,
        "commit": commit(),
        "trials": len(results),
        "failed": sum(result.failed for result in results),
        "totals": _row("all", "", results),
        "kinds": rows,
        "failures": [result.told() for result in results if result.failed],
    }


def show(figures: dict[str, Any], console: Console) -> None:
    """Print the figures as a table."""
    table = Table(title=f"seed {figures['seed']}, commit {figures['commit']}", title_justify="left")
    columns = (
        "trial", "of", "trials", "failed", "acknowledged", "ambiguous", "lost", "doubled",
        "recovery, worst", "p99, worst",
    )  # fmt: skip
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number < 2 else "right")
    for row in [*figures["kinds"], figures["totals"]]:
        table.add_row(
            row["kind"], row["name"], f"{row['trials']}", f"{row['failed']}",
            f"{row['acknowledged']:,}", f"{row['ambiguous']:,}", f"{row['lost']}",
            f"{row['doubled']}", _unit(row["worst_recovery_s"], "s"), _unit(row["p99_ms"], "ms"),
        )  # fmt: skip
    console.print(table)
    clean = figures["trials"] - figures["failed"]
    if clean and not figures["failed"]:
        console.print(
            f"{clean} clean trials: with 95 % confidence fewer than"
            f" {min(3 / clean, 1):.1%} of such trials fail (rule of three)."
        )


def write(figures: dict[str, Any], path: Path) -> None:
    """Write the figures as JSON."""
    path.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def _row(kind: str, name: str, results: Sequence[Result]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    flaws: Counter[str] = Counter()
    for result in results:
        counts += result.counts
        flaws.update(flaw.kind for flaw in result.flaws)
    return {
        "kind": kind,
        "name": name,
        "trials": len(results),
        "failed": sum(result.failed for result in results),
        "acknowledged": counts["acknowledged"],
        "ambiguous": counts["ambiguous"],
        "proved_after_ambiguous": counts["proved"],
        "refused": counts["refused"],
        "lost": flaws["lost"],
        "doubled": flaws["doubled"],
        "flaws": dict(flaws),
        "worst_recovery_s": _most(result.recovery_s for result in results),
        "p99_ms": _most(result.p99_ms for result in results),
        "seconds": round(sum(result.seconds for result in results), 1),
    }


def _most(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return round(max(known), 3) if known else None


def _unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.2f} {unit}" if unit == "s" else f"{value:.0f} {unit}"
