"""The conformance kit: our SDK passes, and integrations broken on purpose fail by name."""

import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from stoa.app import create_app
from stoa.config import Settings
from stoa.services import clockwork, credentials, parked
from stoa.work import Actor, Desk, system_clock
from world import Coalition

Kit = Callable[..., tuple[int, str]]

HERE = Path(__file__).parent
INSTALLED = bool(entry_points(group="pytest11", name="stoa_conformance"))
PLUGIN = () if INSTALLED else ("-p", "stoa_sdk.conformance.plugin")
BROKEN = {
    "NewKeys": (
        "lost and refund or power and refund",
        {
            "test_one_effect[a refund of a part-answer lost]",
            "test_one_effect_though_the_till_loses_its_power[a refund of a part-answers]",
        },
    ),
    "Forgetful": (
        "lost and sale or power and return or morning",
        {
            "test_one_effect[a sale-request lost]",
            "test_one_effect_though_the_till_loses_its_power[a return-requests]",
            "test_a_morning_without_a_line_is_told_in_its_order",
        },
    ),
    "Credulous": (
        "without_an_answer or more_than",
        {
            "test_without_an_answer_nothing_is_handed_out",
            "test_more_than_a_member_has_is_refused_and_holds_nothing",
        },
    ),
}


@pytest.fixture
def clock() -> Callable[..., object]:
    """Let the server live in real time, as the kit does."""
    return system_clock


@pytest.fixture
def kit(settings: Settings, desk: Desk, coalition: Coalition, tmp_path: Path) -> Iterator[Kit]:
    """Serve the app, with what its worker would do; return what runs the kit against it."""
    with desk.work(Actor("cli")) as work:
        client_id, secret = credentials.issue_client(
            work, coalition.grocery, "kit", credentials.SCOPES
        )
    app = create_app(settings, desk=desk)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    over = threading.Event()

    def attend() -> None:
        while not over.wait(0.2):
            with desk.work(Actor("worker")) as work:
                parked.match(work)
            with desk.work(Actor("worker")) as work:
                clockwork.expire_holds(work)

    def run(*arguments: str) -> tuple[int, str]:
        told = subprocess.run(  # noqa: S603 - our own words
            [
                sys.executable, "-m", "pytest", "--pyargs", "stoa_sdk.conformance", "-q",
                *PLUGIN, "-p", "no:cacheprovider", "-rf", "--tb=line", f"--rootdir={tmp_path}",
                f"--stoa-url=http://127.0.0.1:{server.server_port}", *arguments,
            ],
            env=os.environ | {"STOA_CLIENT_ID": client_id, "STOA_CLIENT_SECRET": secret}
            | {"PYTHONPATH": f"{HERE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
            cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        return told.returncode, told.stdout + told.stderr

    threads = [threading.Thread(target=each) for each in (server.serve_forever, attend)]
    for each in threads:
        each.start()
    yield run
    over.set()
    server.shutdown()
    for each in threads:
        each.join()
    server.server_close()


def test_the_sdk_passes_the_whole_kit(kit: Kit) -> None:
    status, told = kit()
    assert status == 0, told
    passed = re.search(r"(\d+) passed", told)
    assert passed is not None
    assert int(passed[1]) >= 60


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_integration_fails_by_name(kit: Kit, broken: str) -> None:
    chosen, caught = BROKEN[broken]
    status, told = kit(f"--stoa-integration=broken_tills:{broken}", "-k", chosen)
    failed = set(re.findall(r"^FAILED \S+::(.+?)(?: - .*)?$", told, re.MULTILINE))
    assert status == 1, told
    assert caught <= failed, told


def test_without_an_address_it_says_what_it_needs(kit: Kit) -> None:
    status, told = kit("--stoa-url=")
    assert (status, "--stoa-url" in told) == (4, True), told
