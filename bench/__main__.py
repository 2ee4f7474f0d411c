"""The command ``make bench``: measure, print ratios, hold them against the bars of the design."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench import (
    campaigns,
    catalogue,
    ceiling,
    clearing,
    earn,
    funding,
    growth,
    http,
    imports,
    overview,
    plugins,
    tokens,
)
from bench.ground import Ground, lay

_console = Console()
PARTS = (
    "earn",
    "campaigns",
    "funding",
    "http",
    "partner",
    "import",
    "clearing",
    "growth",
    "token",
    "catalogue",
    "overview",
    "plugins",
)


@dataclass(frozen=True)
class Figure:
    """One line of the result: a ratio and the bar it should reach, or stay under."""

    what: str
    ratio: float
    bar: str
    met: bool
    note: str


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make bench",
        description="Measure Stoa against pgbench doing the same work in the same run.",
        epilog="Example: make bench ARGS='--only earn,http --seconds 20'. "
        "The long form fills 10 million postings and takes about half an hour.",
    )
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts, of {', '.join(PARTS)}")
    parser.add_argument("--seconds", type=int, default=8, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median counts")
    parser.add_argument("--long", action="store_true", help="growth from 1 M to 10 M postings")
    parser.add_argument("--file", help="purchases to import (CSV, with --mapping); made up without")
    parser.add_argument("--mapping", help="the mapping of --file")
    chosen = parser.parse_args()
    parts = chosen.only.split(",")
    figures: list[Figure] = []
    began = time.monotonic()
    if {"earn", "campaigns", "funding", "http", "partner", "token", "plugins"} & set(parts):
        ground = lay("bench_earn", members=100_000)
        measures: dict[str, Callable[[Ground, int, int], list[Figure]]] = {
            "earn": _earn, "campaigns": _campaigns, "funding": _funding, "partner": _partner,
            "http": _http, "token": _token, "plugins": _plugins,
        }  # fmt: skip
        for part, measure in measures.items():
            if part in parts:
                figures += _told(part, measure(ground, chosen.seconds, chosen.rounds))
    if "import" in parts:
        figures += _told("import", _import(chosen.file, chosen.mapping))
    if "clearing" in parts:
        figures += _told("clearing", _clearing())
    if "growth" in parts:
        small, large = (1_000_000, 10_000_000) if chosen.long else (100_000, 1_000_000)
        figures += _told("growth", _growth(small, large, chosen.seconds, chosen.rounds))
    if "catalogue" in parts:
        figures += _told("catalogue", _catalogue(chosen.rounds))
    if "overview" in parts:
        size = (1_000_000, 10_000_000) if chosen.long else (100_000, 1_000_000)
        figures += _told("overview", _overview(*size, chosen.rounds))
    _show(figures, time.monotonic() - began)
    return 0


def _overview(members: int, postings: int, rounds: int) -> list[Figure]:
    few, many = lay("bench_overview_few", members=10_000), lay("bench_overview", members=members)
    overview.fill(few, postings=10_000)
    seconds = overview.fill(many, postings=postings)
    small, large = overview.visitor(few), overview.visitor(many)
    figures = []
    for span in ("30", "year"):
        pairs = [
            (overview.page_ms(small, span=span), overview.page_ms(large, span=span))
            for _ in range(rounds)
        ]
        ratio = _median([most / least for least, most in pairs])
        least, most = (_median(list(each)) for each in zip(*pairs, strict=True))
        note = (
            f"{least:.0f} ms, {most:.0f} ms"
            f" with {members:,} members and {postings:,} postings, filled in {seconds:.0f} s"
        )
        figures.append(_at_most(f"overview of {span}, large against small", ratio, 1.5, note))
    return figures


def _told(part: str, figures: list[Figure]) -> list[Figure]:
    for figure in figures:
        _console.print(
            f"[dim]{part}[/]: {figure.what}: [bold]{figure.ratio:.2f}[/] ({figure.note})"
        )
    return figures


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _at_least(what: str, ratio: float, bar: float, note: str) -> Figure:
    return Figure(what, ratio, f"≥ {bar:g}", ratio >= bar, note)


def _at_most(what: str, ratio: float, bar: float, note: str) -> Figure:
    return Figure(what, ratio, f"≤ {bar:g}", ratio <= bar, note)


def _earn(ground: Ground, seconds: int, rounds: int) -> list[Figure]:
    figures = []
    for count in (1, 4):
        same, toy, mine = [], [], []
        for _ in range(rounds):
            same.append(ceiling.pgbench_earn(ground, clients=count, seconds=seconds).per_second)
            mine.append(earn.service_rate(ground, processes=count, seconds=seconds))
            toy.append(ceiling.pgbench_toy(ground, clients=count, seconds=seconds).per_second)
        ratio = _median([m / s for m, s in zip(mine, same, strict=True)])
        least = _median([m / t for m, t in zip(mine, toy, strict=True)])
        note = (
            f"service {_median(mine):.0f}/s, pgbench {_median(same):.0f}/s; "
            f"{least:.2f} of a toy earn at {_median(toy):.0f}/s"
        )
        figures.append(
            _at_least(f"earn through the service, {count} process(es)", ratio, 0.45, note)
        )
    return figures


def _campaigns(ground: Ground, seconds: int, rounds: int) -> list[Figure]:
    rates = campaigns.rates(ground, processes=4, seconds=seconds, rounds=rounds)
    none = rates["none"]
    note = ", ".join(f"{name} {_median(each):.0f}/s" for name, each in rates.items())
    return [
        _at_most(what, _median([n / r for n, r in zip(none, rates[name], strict=True)]), 1.5, note)
        for name, what in (
            ("10", "cost of an earn with 10 active campaigns"),
            ("100", "cost of an earn with 100 active campaigns"),
            ("busy", "cost of an earn when all take from one budget"),
        )
    ]


def _funding(ground: Ground, seconds: int, rounds: int) -> list[Figure]:
    figures = []
    for count in (1, 4):
        rates = funding.rates(ground, processes=count, seconds=seconds, rounds=rounds)
        note = ", ".join(f"{name} {_median(each):.0f}/s" for name, each in rates.items())
        for name in ("prepaid", "credit"):
            pairs = zip(rates["open"], rates[name], strict=True)
            ratio = _median([free / limited for free, limited in pairs])
            what = f"cost of an earn within {name} funding, {count} process(es)"
            figures.append(_at_most(what, ratio, 1.15, note))
    return figures


def _partner(ground: Ground, seconds: int, rounds: int) -> list[Figure]:
    one, many = [], []
    for _ in range(rounds):
        one.append(earn.service_rate(ground, processes=4, seconds=seconds))
        many.append(earn.service_rate(ground, processes=4, seconds=seconds, partners_used=50))
    ratio = _median([m / o for m, o in zip(many, one, strict=True)])
    note = f"one partner {_median(one):.0f}/s, fifty {_median(many):.0f}/s"
    return [_at_most("cost of one busy partner against fifty", ratio, 1.1, note)]


def _http(ground: Ground, seconds: int, rounds: int) -> list[Figure]:
    loads, tops = [], []
    with http.serving(ground) as served:
        for _ in range(rounds):
            tops.append(ceiling.pgbench_earn(ground, clients=16, seconds=seconds))
            loads.append(http.earn_rate(ground, served, connections=16, seconds=seconds))
    pairs = list(zip(loads, tops, strict=True))
    ratio = _median([mine.per_second / top.per_second for mine, top in pairs])
    tail = _median([mine.p99_ms / top.p99_ms for mine, top in pairs])
    rate, top_rate = (_median([each.per_second for each in many]) for many in (loads, tops))
    slow, top_slow = (_median([each.p99_ms for each in many]) for many in (loads, tops))
    spent = ", ".join(
        f"{part} {_median([each.cpu_ms[part] for each in loads]):.2f}" for part in loads[0].cpu_ms
    )
    note = f"{rate:.0f}/s at 16 connections, pgbench {top_rate:.0f}/s; CPU ms a request: {spent}"
    return [
        _at_least(f"earn over HTTP, {http.SERVERS} server processes", ratio, 0.30, note),
        _at_most(
            "its 99th percentile against pgbench's", tail, 6,
            f"{slow:.1f} ms, pgbench {top_slow:.1f} ms",
        ),
    ]  # fmt: skip


def _token(ground: Ground, _seconds: int, rounds: int) -> list[Figure]:
    microseconds = _median([tokens.check_microseconds(ground) for _ in range(rounds)])
    return [_at_most("token check, µs amortised", microseconds, 50, f"{tokens.CHECKS:,} checks")]


def _plugins(ground: Ground, seconds: int, rounds: int) -> list[Figure]:
    asked = [plugins.microseconds() for _ in range(rounds)]
    here, apart, late = (_median([each[place] for each in asked]) for place in range(3))
    told = f"in place {here:.0f} µs; apart 99 of 100 within {late:.0f} µs"
    figures = [_at_most("a question to a plugin apart, µs", apart, 1000, told)]
    for count in (1, 4):
        pairs = [plugins.rates(ground, processes=count, seconds=seconds) for _ in range(rounds)]
        in_place, hosted = (_median([pair[place] for pair in pairs]) for place in (0, 1))
        ratio = _median([pair[1] / pair[0] for pair in pairs])
        note = f"in place {in_place:.0f}/s, apart {hosted:.0f}/s"
        what = f"earn with a plugin apart against in place, {count} process(es)"
        figures.append(_at_least(what, ratio, 0.5, note))
    return figures


def _import(file: str | None, mapping: str | None) -> list[Figure]:
    result = imports.import_rates(file, mapping)
    mine, copy = result.lines_per_second, result.copy_per_second
    note = f"{result.lines} lines at {mine:.0f}/s, COPY {copy:.0f}/s"
    ratio = copy / mine
    return [_at_most("plain COPY of the same lines against their import", ratio, 10, note)]


def _clearing() -> list[Figure]:
    figures, months = [], clearing.clear_month()
    for month in months:
        note = (
            f"{month.postings:,} postings booked in {month.booked_s:.1f} s, closed in"
            f" {month.closed_s:.1f} s, {month.statements} statements made again in"
            f" {month.verified_s:.1f} s"
        )
        what = f"a month of 100,000 purchases cleared, {month.mode}, s"
        figures.append(_at_most(what, month.booked_s + month.closed_s, 60, note))
    wrong = sum(month.wrong for month in months)
    off = sum(abs(month.off_minor) for month in months)
    states = {month.points for month in months}
    return [
        *figures,
        _at_most("statements that are not made again alike", wrong, 0, "by their hashes"),
        _at_most("minor units by which positions don't add up", off, 0, "with the operator's"),
        _at_most("states of points after both modes", len(states), 1, months[0].points[:16]),
    ]


def _catalogue(rounds: int) -> list[Figure]:
    measured = catalogue.page_seconds(rounds=rounds)
    figures = []
    for name, pairs in measured.items():
        few, many = (_median([pair[place] for pair in pairs]) for place in (0, 1))
        note = f"{few * 1e3:.2f} ms with 100, {many * 1e3:.2f} ms with 10,000"
        ratio = _median([lots / little for little, lots in pairs])
        # What a search finds grows with the list, and is put in order before it is shown.
        bar = 20 if "search" in name else 1.5
        figures.append(_at_most(f"{name}, 10,000 rewards against 100", ratio, bar, note))
    return figures


def _growth(small: int, large: int, seconds: int, rounds: int) -> list[Figure]:
    ground = lay("bench_growth", members=max(small // 40, 1000))
    last = large // 2
    measured = []
    for start, stop in ((0, small // 2), (small // 2, large // 2)):
        with Progress(console=_console, transient=True) as bar:
            task = bar.add_task(f"postings up to {stop * 2:,}", total=None)

            def told(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)  # noqa: B023 - called at once

            growth.fill(ground, start=start, stop=stop, last=last, told=told)
        rate = _median(
            [earn.service_rate(ground, processes=4, seconds=seconds) for _ in range(rounds)]
        )
        top = _median(
            [
                ceiling.pgbench_earn(ground, clients=4, seconds=seconds).per_second
                for _ in range(rounds)
            ]
        )
        page, balance = growth.page_seconds(ground)
        measured.append((rate, top, page, balance))
    (r1, t1, p1, b1), (r2, t2, p2, b2) = measured
    sizes = f"{small:,} to {large:,} postings"
    return [
        _at_most(f"cost of an earn, {sizes}", r1 / r2, 1.3, f"{r1:.0f}/s, then {r2:.0f}/s"),
        _at_most("the same statement from pgbench", t1 / t2, 1.3, f"{t1:.0f}/s, then {t2:.0f}/s"),
        _at_most(
            "a member's history page", p2 / p1, 1.3, f"{p1 * 1e6:.0f} µs, then {p2 * 1e6:.0f}"
        ),
        _at_most("a member's balance", b2 / b1, 1.3, f"{b1 * 1e6:.0f} µs, then {b2 * 1e6:.0f}"),
    ]


def _show(figures: list[Figure], seconds: float) -> None:
    table = Table(title=f"Stoa against pgbench, {seconds:.0f} s", title_justify="left")
    for column in ("what", "ratio", "bar", "", "figures of this run"):
        table.add_column(column, justify="right" if column == "ratio" else "left")
    for figure in figures:
        met = "[green]met[/]" if figure.met else "[red]short[/]"
        table.add_row(figure.what, f"{figure.ratio:.2f}", figure.bar, met, figure.note)
    _console.print(table)


if __name__ == "__main__":
    sys.exit(main())
