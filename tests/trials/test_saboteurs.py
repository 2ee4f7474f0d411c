"""Who breaks a promise is caught: a database that answers too soon, and histories that lie."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from trials.checker import check, check_history
from trials.cluster import patience
from trials.history import Call, Outcome, Recorder, read
from trials.kills import kill_trial
from trials.load import Crew, replay, tills_of
from trials.town import Person, Town, a_town

_LAZY = "synchronous_commit = off\nwal_writer_delay = 10s\n"


def test_a_database_that_answers_before_it_has_written_is_caught(seed: str) -> None:
    with a_town(conf=_LAZY) as town:
        result = kill_trial(town, "database", seed, span_s=0.2)
    assert "lost" in {flaw.kind for flaw in result.flaws}, seed


def _a_lost_one(calls: list[Call]) -> list[Call]:
    call = next(call for call in calls if call.op == "earn" and call.outcome is Outcome.DONE)
    return [*calls, replace(call, deed="never", key="never", mark="never")]


def _an_untold_one(calls: list[Call]) -> list[Call]:
    deed = next(call.deed for call in calls if call.outcome is Outcome.DONE)
    return [call for call in calls if call.deed != deed]


def _a_wrong_amount(calls: list[Call]) -> list[Call]:
    call = next(call for call in calls if call.op == "earn" and call.outcome is Outcome.DONE)
    wrong = replace(call, body=call.body | {"points": call.body["points"] + 1})
    return [wrong if each.key == call.key else each for each in calls]


def _another_answer(calls: list[Call]) -> list[Call]:
    call = next(call for call in calls if call.replayed)
    return [
        replace(each, body=each.body | {"extra": 1}) if each is call else each for each in calls
    ]


def _a_wrong_refusal(calls: list[Call]) -> list[Call]:
    call = next(call for call in calls if call.outcome is Outcome.DONE)
    refused: dict[str, Any] = {
        "outcome": Outcome.REFUSED,
        "status": 409,
        "body": {"code": "WALLET_BUSY"},
    }
    return [replace(each, **refused) if each.key == call.key else each for each in calls]


def _a_silence(calls: list[Call]) -> list[Call]:
    call = next(call for call in calls if call.outcome is Outcome.DONE)
    lost: dict[str, Any] = {"outcome": None, "status": 0, "body": {}}
    return [replace(each, **lost) if each.key == call.key else each for each in calls]


def _a_fault(calls: list[Call]) -> list[Call]:
    call = next(call for call in calls if call.outcome is Outcome.DONE)
    fault = replace(call, outcome=Outcome.AMBIGUOUS, status=500, body={"code": "INTERNAL_ERROR"})
    return [fault, *calls]


_LIES: dict[str, tuple[Callable[[list[Call]], list[Call]], str]] = {
    "an acknowledged key that is not in the ledger": (_a_lost_one, "lost"),
    "an effect that nobody asked for": (_an_untold_one, "ghost"),
    "another amount than was posted": (_a_wrong_amount, "changed"),
    "another answer to the same key": (_another_answer, "changed"),
    "a refusal that had an effect": (_a_wrong_refusal, "ghost"),
    "a deed that stayed unknown": (_a_silence, "unknown"),
    "an answer of 500": (_a_fault, "fault"),
}


def _a_history(town: Town, seed: str) -> tuple[list[Call], list[Person]]:
    people = town.enrol(3)
    recorder = Recorder(town.folder / "load.jsonl")
    tills = tills_of(town, recorder, seed, 4)
    crew = Crew(tills, people)
    crew.start()
    while len(crew.calls) < 60 and not crew.errors:
        patience(0.01)
    crew.stop()
    replay(tills, crew.calls, Random(seed))
    for till in tills:
        till.hang_up()
    recorder.close()
    assert crew.errors == []
    return read(recorder.path), people


def test_a_history_that_lies_is_caught(seed: str) -> None:
    with a_town() as town:
        calls, people = _a_history(town, seed)
        assert check(town, calls, people).flaws == [], seed
        for lie, (told, kind) in _LIES.items():
            found = {flaw.kind for flaw in check_history(town, told(calls), people).flaws}
            assert kind in found, (lie, found, seed)
        _forge(town, people[0])
        kinds = {flaw.kind for flaw in check(town, calls, people).flaws}
        assert kinds >= {"event", "ledger"}, (kinds, seed)


def _forge(town: Town, person: Person) -> None:
    with town.cluster.connect() as connection:
        for statement in (
            "UPDATE wallets SET available = available + 1 WHERE member_id = %s",
            "DELETE FROM outbox WHERE topic = 'points.earned' AND member_id = %s",
        ):
            connection.execute(statement, (person.id,))
