"""Files of purchases for tests: a mapping, and files of a few lines.

Run as a program with the URL of a database and a file, it imports the file and dies on the way.
"""

import os
import signal
import sys
from pathlib import Path

from stoa.config import Settings, read_settings
from stoa.database import open_engine
from stoa.plugins import Plugins
from stoa.services import imports, ledger
from stoa.services.imports import CLASSES, ImportReport
from stoa.values.mapping import ImportMapping, read_mapping
from stoa.work import Actor, Desk, Programme
from world import PlainPlugin

MAPPING = """
[columns]
receipt = "receipt"
article = "article"
quantity = "pieces"
occurred_at = "time"
unit_price = "price"
member = "member"
shop = "shop"
[time]
zone = "Asia/Shanghai"
[money]
currency = "CNY"
[member]
enrol = true
[articles]
none = "POST"
[returns]
receipt_prefix = "C"
"""

HEADER = "receipt,article,pieces,time,price,member,shop"


def a_mapping(*changes: tuple[str, str], also: str = "") -> ImportMapping:
    """Return the mapping with some texts replaced and others put in front."""
    text = MAPPING
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return read_mapping(also + text)


def a_sale(
    receipt: str,
    member: str = "ada",
    *,
    article: str = "tea",
    pieces: int = 1,
    time: str = "2026-04-20T12:00",
    price: str = "10.00",
    shop: str = "grocery",
) -> str:
    """Return a line of the file."""
    return f"{receipt},{article},{pieces},{time},{price},{member},{shop}"


def a_file(folder: Path, *lines: str, name: str = "sales.csv") -> Path:
    """Write a file of these lines below the header."""
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


def some_sales(members: int = 12, receipts: int = 4) -> list[str]:
    """Return sales of many members, one of them returned in part by each."""
    lines = []
    for member in range(members):
        for receipt in range(receipts):
            number, day = f"{member}-{receipt}", f"2026-04-{10 + receipt}T09:30"
            lines += [
                a_sale(number, f"m{member:02}", article=article, pieces=member + 1, time=day)
                for article in ("tea", "rice")
            ]
        back = f"C{member}"
        lines.append(a_sale(back, f"m{member:02}", pieces=-1, time="2026-04-20T09:30"))
    return lines


def open_plain_desk(url: str, settings: Settings) -> Desk:
    """Open a desk with the plain plugin, in another process too."""
    return Desk(
        hot=open_engine(url, settings, pool_size=2, autocommit=True),
        cold=open_engine(url, settings, pool_size=2),
        plugins=Plugins.installed_and({"plain": PlainPlugin()}),
        programme=Programme("STAR", "CNY", "Asia/Shanghai", 900),
    )


def points_of(desk: Desk, reference: str) -> int:
    """Return the points of the member with this reference."""
    with desk.work(Actor("test")) as work:
        found = work.rows("SELECT member_id FROM identifiers WHERE value = %s", (reference,))
        return ledger.balance_of(work, found[0][0], "STAR").balance.available


def classes(report: ImportReport) -> dict[str, int]:
    """Return the lines by class, without the empty ones; the sum is checked."""
    assert sum(report.counts[name] for name in CLASSES) == report.lines
    return {name: report.counts[name] for name in CLASSES if report.counts[name]}


def codes(report: ImportReport) -> dict[int, str]:
    """Return the codes of the wrong lines by their numbers."""
    return {row.line: row.code for row in report.wrong}


def _die_on_the_way(url: str, path: Path) -> None:
    parts = 0

    def told(progress: imports.Progress) -> None:
        nonlocal parts
        parts += progress.step == "posting"
        if parts == 5:
            os.kill(os.getpid(), signal.SIGKILL)

    desk = open_plain_desk(url, read_settings())
    imports.run_import(desk, path, a_mapping(), part_lines=9, progress=told)


if __name__ == "__main__":
    _die_on_the_way(sys.argv[1], Path(sys.argv[2]))
