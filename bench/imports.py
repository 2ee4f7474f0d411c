"""Bulk import: how fast a file of purchases becomes points, against COPY of the same lines."""

import csv
import lzma
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from bench.ground import lay

_EXAMPLE = Path(__file__).parent.parent / "examples" / "online-retail"
_LINES = 200_000
_COLUMNS = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
_TABLE = """
CREATE TABLE plain (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, receipt text, article text,
    description text, quantity integer, at timestamp, price numeric, member text, country text);
CREATE INDEX ON plain (member, at)
"""


@dataclass(frozen=True)
class Rates:
    """Lines a second of the import and of COPY."""

    lines: int
    lines_per_second: float
    copy_per_second: float


def import_rates(file: str | None, mapping: str | None) -> Rates:
    """Import a file by the command line, as an operator would, and COPY it beside."""
    folder = Path(tempfile.mkdtemp(prefix="stoa-bench-"))
    path = Path(file) if file else _made_up(folder / "purchases.csv")
    ground = lay("bench_import", members=1, alliance=False)
    environment = os.environ | {"STOA_DATABASE_URL": ground.url, "STOA_MONEY_CURRENCY": "GBP"}

    def stoa(*words: str) -> float:
        began = time.perf_counter()
        command = [sys.executable, "-m", "stoa.cli", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return time.perf_counter() - began

    stoa("import", "alliance", str(_EXAMPLE / "alliance.toml"))
    rules = mapping or str(_EXAMPLE / "mapping.toml")
    seconds = stoa("import", "purchases", str(path), "--mapping", rules)
    lines, copy_seconds = _copy(ground.url, path)
    return Rates(lines, lines / seconds, lines / copy_seconds)


def _copy(url: str, path: Path) -> tuple[int, float]:
    data = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(_TABLE)
        began = time.perf_counter()
        columns = "receipt, article, description, quantity, at, price, member, country"
        with connection.cursor().copy(f"COPY plain ({columns}) FROM STDIN CSV HEADER") as copy:
            for start in range(0, len(data), 1 << 20):
                copy.write(data[start : start + (1 << 20)])
        seconds = time.perf_counter() - began
        row = connection.execute("SELECT count(*) FROM plain").fetchone()
    return (row[0] if row else 0), seconds


def _made_up(path: Path) -> Path:
    """Write purchases in the shape of the example's file, the same ones on every run."""
    with path.open("w", newline="") as file:
        file.write(_COLUMNS + "\n")
        csv.writer(file, lineterminator="\n").writerows(_lines(random.Random(11)))
    return path


def _lines(chance: random.Random) -> Iterator[list[object]]:
    at = datetime(2011, 1, 4, 8, 0)  # noqa: DTZ001 - local time, as tills write it
    written, receipt = 0, 500_000
    while written < _LINES:
        receipt += 1
        at += timedelta(minutes=chance.randint(1, 20))
        member = chance.randint(10_000, 14_000)
        for _ in range(chance.randint(1, 40)):
            article = (
                f"{chance.choice((20, 21, 22, 23, 72, 82, 84, 85))}{chance.randint(0, 400):03}"
            )
            price = f"{chance.randint(1, 20)}.{chance.randint(0, 99):02}"
            back = chance.random() < 0.02
            yield [
                f"C{receipt}" if back else receipt, article, "made up",
                -1 if back else chance.randint(1, 12), at.strftime("%Y-%m-%dT%H:%M"), price, member,
                "United Kingdom",
            ]  # fmt: skip
            written += 1
