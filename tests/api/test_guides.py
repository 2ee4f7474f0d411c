"""The guides do what they say: their programs run as they are printed, against the real app.

`.ci/quickstart` follows the whole page from a clean machine; here its Python runs in process.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx2
import pytest
from apiflask import APIFlask

import stoa_sdk
from stoa.services import credentials, partners
from stoa.work import Actor, Desk, system_clock
from tills import app
from world import Coalition, FixedClock

__all__ = ["app"]

ROOT = Path(__file__).parents[2]
PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
Run = Callable[[str], str]


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock of today, as the programs send none of their own."""
    return FixedClock(system_clock())


@pytest.fixture
def run(
    app: APIFlask, desk: Desk, coalition: Coalition, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:  # fmt: skip
    """Return what runs a program with the credentials of the grocery, wherever it connects to."""
    with desk.work(Actor("cli")) as work:
        for code in ("bund", "north"):
            partners.add_store(work, coalition.grocery, coalition.site, code, code, currency="CNY")
        scopes = (*credentials.TILL_SCOPES, "codes:write")
        made = credentials.issue_client(work, coalition.grocery, "guide", scopes)
    real, transport = stoa_sdk.Client, httpx2.WSGITransport(app)

    def connect(_url: str, _id: str, _secret: str, **options: object) -> stoa_sdk.Client:
        return partial(real, "http://localhost", *made, transport=transport)(**options)  # type: ignore[arg-type]

    monkeypatch.setattr(stoa_sdk, "Client", connect)
    for name in ("URL", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"STOA_{name}", name)

    def told(program: str) -> str:
        exec(compile(program, "a guide", "exec"), {})  # noqa: S102 - our own pages
        return capsys.readouterr().out

    return told


def programs(name: str) -> list[str]:
    """Return the programs of a page, in their order."""
    return PROGRAM.findall((ROOT / name).read_text("utf-8"))


def test_the_program_of_the_quickstart_earns_a_first_point(run: Run) -> None:
    (program,) = programs("docs/quickstart.md")
    assert "79 points: 79.00 at" in run(program)


def test_the_ten_lines_of_the_readme_earn_and_redeem(run: Run) -> None:
    assert "836 points: " in run(programs("README.md")[0])


def test_the_ten_lines_of_the_manual_earn_and_what_follows_stands_on_them(run: Run) -> None:
    first, options = programs("docs/sdk.md")[:2]
    assert run(first).splitlines()[-1] == "79"
    assert run(options) == ""


def test_the_quickstart_can_be_followed_by_a_script() -> None:
    page = (ROOT / "docs" / "quickstart.md").read_text("utf-8")
    blocks = BLOCK.findall(page)
    assert blocks[0] == ("sh", "make demo\n")
    assert {kind for kind, _ in blocks} == {"sh", "python"}
    for found in BLOCK.finditer(page):
        if found[1] == "python":
            assert re.search(r"`first_point\.py`:\s*$", page[: found.start()])
    assert [block for _, block in blocks if "first_point.py" in block] == [
        "python first_point.py\n"
    ]
    for path in re.findall(r"\b(?:examples/\w+\.py|\./partner_sdk)", page):
        assert (ROOT / path).exists()
