"""``make soak``: trials by the hundred, a bar that moves, figures at the end, 1 on a failure."""

import secrets
import signal
import sys
from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from trials.report import Result, commit, show, summary, write
from trials.soak import SABOTEURS, Plan, soak

_EXAMPLES = """
Examples:

\b
  make soak                                        some of each, in a few minutes
  make soak ARGS="--kills 200 --storms 100 --cuts 100 --machine 2000"
  make soak ARGS="--kills 40 --storms 0 --cuts 0 --seed 5f3a90c1"
  make soak ARGS="--clearing 1000"                 random months, cleared in both modes
  make soak ARGS="--kills 20 --saboteur async-commit"
  make soak ARGS="--cuts 28 --saboteur new-key --out figures.json"
"""


@click.command(epilog=_EXAMPLES, context_settings={"max_content_width": 100})
@click.option("--kills", type=click.IntRange(0), help="SIGKILLs: web, server, worker, database.")
@click.option("--storms", type=click.IntRange(0), help="Storms of many clients at one thing.")
@click.option("--cuts", type=click.IntRange(0), help="Connections cut, clients' and database's.")
@click.option("--machine", type=click.IntRange(0), help="Examples of the state machine.")
@click.option("--clearing", type=click.IntRange(0), help="Random months, cleared and checked.")
@click.option("--steps", default=50, show_default=True, help="Steps of one such example.")
@click.option("--seed", help="Repeats the choices of a run; a fresh one by default.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the figures as JSON too.")
@click.option(
    "--saboteur",
    type=click.Choice(list(SABOTEURS)),
    help="Break a promise on purpose; the run ends well as soon as that is caught.",
)
def main(
    *,
    kills: int | None,
    storms: int | None,
    cuts: int | None,
    machine: int | None,
    clearing: int | None,
    steps: int,
    seed: str | None,
    out: Path | None,
    saboteur: str | None,
) -> None:
    """Kill, storm and cut off real processes under load, and check that nothing is lost or doubled.

    Each trial runs `stoa serve` and `stoa worker` on a PostgreSQL of its own with durable
    settings. Clients write down what they ask before they send it; afterwards their history is held
    against the ledger. Without counts, some trials of each kind are run. Ends with 1 when any
    trial found a flaw. docs/trials.md tells what this proves.
    """
    if kills is storms is cuts is machine is clearing is None:
        kills, storms, cuts = (0 if saboteur == "new-key" else 20), 14, 28
        storms = 0 if saboteur else storms
        cuts = 0 if saboteur == "async-commit" else cuts
    seed = seed or secrets.token_hex(4)
    plan = Plan(
        seed, kills or 0, storms or 0, cuts or 0, machine or 0, steps, clearing or 0, saboteur
    )
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(f"seed {seed}, commit {commit()}, {plan.trials} trials")
    results = _run(plan, console)
    figures = summary(results, seed=seed)
    show(figures, console)
    if out is not None:
        write(figures, out)
    if saboteur is not None:
        caught = bool(results) and results[-1].failed
        told = f"caught in trial {len(results)}" if caught else f"survived {len(results)} trials"
        console.print(f"The saboteur ({SABOTEURS[saboteur]}) was {told}.")
        sys.exit(0 if caught else 1)
    sys.exit(1 if figures["failed"] else 0)


def _run(plan: Plan, console: Console) -> list[Result]:
    bars = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[told]}"),
    )
    results: list[Result] = []
    counts: Counter[str] = Counter()
    with Progress(*bars, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("opening", total=plan.trials, told="")
        for result in soak(plan):
            results.append(result)
            counts += result.counts
            counts["failed"] += result.failed
            told = f"{counts['acknowledged']:,} acknowledged, {counts['failed']} failed"
            progress.update(bar, advance=1, description=f"{result.kind} {result.name}", told=told)
            if result.failed:
                progress.console.print(result.told(), style="red", markup=False)
            if not console.is_terminal and len(results) % 10 == 0:
                console.print(f"{len(results)} of {plan.trials} trials: {told}")
            if plan.saboteur and result.failed:
                break
    return results


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what runs is ended first
    main()
