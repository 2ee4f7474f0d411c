"""The history: on disk before it is sent, read back as it was, every answer classified."""

from pathlib import Path
from typing import Any

import pytest

from trials.history import Outcome, Recorder, UnclassifiedError, classify, read

_ASKED: dict[str, Any] = {
    "partner": "p",
    "op": "earn",
    "mark": "R-1",
    "path": "/purchases",
    "args": {"a": 1},
}


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (201, {"points": 1}, Outcome.DONE),
        (200, {"available": 1}, Outcome.DONE),
        (409, {"code": "INSUFFICIENT_POINTS", "retryable": False}, Outcome.REFUSED),
        (409, {"code": "WALLET_BUSY", "retryable": True}, Outcome.TRANSIENT),
        (401, {"code": "TOKEN_INVALID", "retryable": False}, Outcome.TRANSIENT),
        (503, {"code": "DATABASE_UNAVAILABLE", "retryable": True}, Outcome.AMBIGUOUS),
        (500, {"code": "INTERNAL_ERROR"}, Outcome.AMBIGUOUS),
    ],
)
def test_an_answer_means_one_of_four_things(
    status: int, body: dict[str, object], outcome: Outcome
) -> None:
    assert classify(status, body) is outcome


@pytest.mark.parametrize(
    ("status", "body"), [(302, {}), (201, []), (404, {"detail": "no code"}), (100, {})]
)
def test_any_other_answer_fails_the_run(status: int, body: object) -> None:
    with pytest.raises(UnclassifiedError):
        classify(status, body)


def test_a_call_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "history.jsonl")
    call = recorder.asked("d1", key="k1", **_ASKED)
    before = read(recorder.path)
    recorder.told(call, Outcome.DONE, status=201, body={"points": 1}, replayed=True)
    recorder.close()
    after = read(recorder.path)
    assert [(each.key, each.outcome) for each in before] == [("k1", None)]
    assert after == [call]
    assert after[0].replayed


def test_a_line_that_a_crash_cut_off_was_never_sent(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "history.jsonl")
    recorder.asked("d1", key="k1", **_ASKED)
    recorder.asked("d2", key="k2", **_ASKED)
    recorder.close()
    whole = recorder.path.read_bytes()
    recorder.path.write_bytes(whole[:-5])
    assert [call.deed for call in read(recorder.path)] == ["d1"]
