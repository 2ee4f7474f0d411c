"""The app against its own OpenAPI document: generated requests find no 5xx and no untold answer.

``python -m contracts`` asks a server that runs the same, thousands of times each door.
"""

import pytest
import schemathesis
from apiflask import APIFlask

from contracts import config, findings, told_by
from stoa.errors import MemberUnknownError
from tills import Till


@pytest.mark.parametrize(
    ("examples", "phases"),
    [(2, ("examples", "fuzzing")), (1, ("coverage",)), (6, ("stateful",))],
    ids=["guesses", "corners", "walks"],
)
def test_generated_requests_get_told_answers(
    app: APIFlask, grocery: Till, examples: int, phases: tuple[str, ...]
) -> None:
    member = grocery.enrol(card="9900000000000002")
    grocery.earn(member, "5000.00")
    assert asked(app, grocery, examples=examples, phases=phases) == []


def test_an_answer_that_its_door_does_not_tell_of_is_found(
    app: APIFlask, grocery: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A saboteur: a refusal under another code than the document has."""
    monkeypatch.setattr(MemberUnknownError, "slug", "member-on-strike")
    wrong = asked(app, grocery, examples=1, phases=("examples",), only="/v1/purchases")
    assert {check for _, check, _ in wrong} == {"told_problem"}


def asked(
    app: APIFlask, till: Till, *, examples: int, phases: tuple[str, ...], only: str = "/v1/"
) -> list[tuple[str, str, str]]:
    """Ask the app in a till's name; return what was found."""
    wanted = config(examples=examples, seed=2026, phases=phases)
    document = schemathesis.openapi.from_wsgi("/v1/openapi.json", app, config=wanted)
    document.auth.auth()(told_by(till.token))
    return list(findings(document.include(path_regex=f"^{only}")))
