"""Plugins apart: whatever one of them does, the server, its neighbours and its data stay whole."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from stoa.errors import PluginFailedError
from stoa.plugins import Housing, Plugins
from stoa.plugins.host.apart import Terms
from stoa.testing import a_purchase, a_standing, an_order
from stoa.values.facts import EarnLine

_PAUSE = threading.Event()  # waited for, never set: processes tell nobody when they end
FINE = [EarnLine(7, "visit", "for a visit")]
CONTENT = {
    "raises": "It raised ValueError: boom",
    "exits": "It raised SystemExit: 3",
    "interrupts": "It raised KeyboardInterrupt",
    "ends": "the process ended",
    "crashes": "the process ended",
    "sleeps": "No answer within 400 ms",
    "late": "No answer within 400 ms",
    "backtracks": "No answer within 400 ms",
    "eats": "It raised MemoryError",
    "nibbles": "",  # out of memory, or late, as the machine goes
    "forks": "No answer within 400 ms",
    "opens": "It raised OSError: [Errno 24]",
    "garbles": "str",
    "floods": "bytes are more than",
    "nests": "",
    "posts": "account is missing or unknown",
    "stops": "No answer within 400 ms",
    "babbles": "an answer of 4294967295 bytes",
}
"""What the operator reads of each; with a deadline that a busy machine keeps."""
ALL = [
    *CONTENT, "good", "leaves", "writes", "scribbles", "patches", "spies", "looks", "kills",
    "forges", "dices", "errands",
]  # fmt: skip


def places(*names: str) -> dict[str, str]:
    return {name: f"beasts.deeds:{name}" for name in names}


@pytest.fixture(scope="module")
def zoo() -> Iterator[Plugins]:
    plugins = Plugins({}, apart=places(*ALL), housing=Housing(terms=Terms(within_s=0.4)))
    yield plugins
    plugins.close()


def ask(plugins: Plugins, name: str, **changes: Any) -> list[EarnLine]:
    purchase = replace(a_purchase(), **changes)
    return plugins.earn_lines(name, purchase, a_standing(), {"knob": 7})


def soon(what: Any, within_s: float = 5.0) -> None:
    """Wait for what is true soon."""
    until = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < until
        _PAUSE.wait(0.005)


def test_a_good_plugin_answers_as_it_would_in_place(zoo: Plugins) -> None:
    assert zoo.broken() == []
    assert ask(zoo, "good") == FINE
    plugin = zoo.get("good")
    assert (plugin.title, plugin.where) == ("Answers rightly", "apart")
    assert [knob.name for knob in plugin.settings] == ["knob"]


@pytest.mark.parametrize("name", CONTENT)
def test_what_a_bad_one_does_is_a_failure_of_its_own(name: str, zoo: Plugins) -> None:
    with pytest.raises(PluginFailedError) as failed:
        ask(zoo, name)
    assert CONTENT[name] in failed.value.__notes__[0]
    assert CONTENT[name] in zoo.health(name, {"knob": 7}).last_error
    assert ask(zoo, "good") == FINE
    soon(lambda: zoo.pids(name))  # another one is on its way


def test_each_question_has_facts_of_its_own(zoo: Plugins) -> None:
    for _ in range(3):
        assert ask(zoo, "scribbles") == [EarnLine(8, "knob")]


def test_one_that_changes_the_standard_library_changes_it_for_itself(zoo: Plugins) -> None:
    ask(zoo, "patches")
    assert json.loads(json.dumps([1])) == [1]
    assert ask(zoo, "good") == FINE


def test_nothing_secret_can_be_found_and_no_socket_opened(
    zoo: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOA_SECRET_KEY", "secret")
    assert ask(zoo, "spies") == [EarnLine(1, "said", "")]


def test_files_of_the_server_cannot_be_read(zoo: Plugins, tmp_path: Path) -> None:
    secret = tmp_path / "secret_key"
    secret.write_text("s3cret")
    secret.chmod(0o644)
    for path in (secret, Path("/proc") / str(os.getpid()) / "environ", Path("/etc/hostname")):
        [line] = ask(zoo, "looks", store=str(path))
        assert line.arithmetic == "refused: PermissionError"


def test_nothing_can_be_written(zoo: Plugins) -> None:
    assert ask(zoo, "writes") == [EarnLine(1, "said", "")]


def test_the_server_cannot_be_killed(zoo: Plugins) -> None:
    assert ask(zoo, "kills", store=str(os.getpid())) == FINE
    assert ask(zoo, "good") == FINE


def test_an_answer_that_nobody_asked_for_is_not_heard(zoo: Plugins) -> None:
    assert ask(zoo, "forges") == FINE
    _PAUSE.wait(0.06)
    assert ask(zoo, "forges") == FINE


def test_what_a_plugin_started_ends_with_it(zoo: Plugins) -> None:
    assert ask(zoo, "leaves") == FINE
    [pid] = zoo.pids("leaves")
    [child] = psutil.Process(pid).children()
    zoo._askers["leaves"]._questions.close()  # type: ignore[union-attr]
    soon(lambda: not child.is_running())


def test_errands_reach_the_network_and_questions_do_not(zoo: Plugins) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])

        def greet() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(b"T-88")

        thread = threading.Thread(target=greet)
        thread.start()
        done = zoo.fulfil("errands", an_order("tea", deliver_to={"port": port}), {})
        thread.join()
    assert done is not None
    assert (done.state, done.reference) == ("done", "T-88")


def test_no_zombie_is_left(zoo: Plugins) -> None:
    nursery = zoo._keeper.nursery_pid()
    assert nursery is not None

    def dead() -> list[psutil.Process]:
        found = [psutil.Process(), *psutil.Process(nursery).children(recursive=True)]
        return [each for each in found if each.status() == psutil.STATUS_ZOMBIE]

    soon(lambda: not dead())


def test_every_layer_holds_here(zoo: Plugins) -> None:
    """As root on a kernel with Landlock nothing is missing; elsewhere the page tells what is."""
    if os.geteuid() == 0:
        assert zoo.missing("good") == []
        assert psutil.Process(zoo.pids("good")[0]).uids().effective > 60_000


def test_a_bonus_that_comes_every_second_time_comes_at_last(zoo: Plugins) -> None:
    answers = []
    for _ in range(40):
        try:
            answers.append(ask(zoo, "dices"))
        except PluginFailedError:
            zoo.try_again("dices", {"knob": 7})
    assert answers
    assert all(each == FINE for each in answers)


def test_one_that_fails_five_times_is_not_asked_until_somebody_wants_it(zoo: Plugins) -> None:
    zoo.try_again("raises", {"knob": 7})
    for _ in range(5):
        with pytest.raises(PluginFailedError):
            ask(zoo, "raises")
    assert zoo.health("raises", {"knob": 7}).breaker == "open"
    with pytest.raises(PluginFailedError) as failed:
        ask(zoo, "raises")
    assert "tried again in" in failed.value.__notes__[0]
    # Another partner's settings are another matter.
    with pytest.raises(PluginFailedError) as failed:
        zoo.earn_lines("raises", a_purchase(), a_standing(), {"knob": 8})
    assert "boom" in failed.value.__notes__[0]
    zoo.try_again("raises", {"knob": 7})
    with pytest.raises(PluginFailedError) as failed:
        ask(zoo, "raises")
    assert "boom" in failed.value.__notes__[0]


def test_one_that_cannot_be_loaded_is_told_with_the_reason() -> None:
    plugins = Plugins(
        {},
        apart={name: f"beasts.{name}" for name in ("hangs", "breaks", "wraps", "nowhere")}
        | places("good"),
        housing=Housing(terms=Terms(within_s=0.4), start_s=2),
    )
    try:
        assert {each.name: each.reason for each in plugins.broken()} == {
            "hangs": "It was not imported within 2 s.",
            "breaks": "It can't be imported: SystemExit: 5",
            "wraps": "earn_lines may not wrap or go before others.",
            "nowhere": "It can't be imported:"
            " ModuleNotFoundError: No module named 'beasts.nowhere'",
        }
        assert ask(plugins, "good") == FINE
    finally:
        plugins.close()


_SERVER = """
import os, sys
from stoa.plugins import Plugins
plugins = Plugins({}, apart={"sleeps": "beasts.deeds:sleeps"})
print(plugins.pids("sleeps")[0], plugins._keeper.nursery_pid(), flush=True)
if os.fork() == 0:
    print(*plugins.pids("sleeps"), "forked", flush=True)
    os.close(1)
sys.stdin.read()
"""


def test_a_server_that_is_killed_takes_its_hosts_with_it_and_forks_have_none() -> None:
    server = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert server.stdout is not None
    assert server.stdin is not None
    host, nursery = map(int, server.stdout.readline().split())
    assert server.stdout.readline() == "forked\n"
    assert psutil.pid_exists(host)
    server.kill()
    server.wait()
    soon(lambda: not psutil.pid_exists(host))
    soon(lambda: not psutil.pid_exists(nursery))
    server.stdin.close()  # the fork ends too
    server.stdout.close()


def test_after_its_end_a_nursery_is_begun_anew() -> None:
    plugins = Plugins({}, apart=places("good"), housing=Housing(terms=Terms(within_s=5)))
    try:
        first = plugins._keeper.nursery_pid()
        assert first is not None
        [host] = plugins.pids("good")
        os.kill(first, 9)
        soon(lambda: not psutil.pid_exists(host))  # it never outlives its nursery
        assert ask(plugins, "good") == FINE
        assert plugins._keeper.nursery_pid() != first
    finally:
        plugins.close()
