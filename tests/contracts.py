"""The API against its own OpenAPI document, by schemathesis: every check, every phase, links too.

    PYTHONPATH=tests python -m contracts --examples 1000

asks a server that runs, `stoa demo` say, in the name of the client of ``STOA_CLIENT_ID`` and
``STOA_CLIENT_SECRET``; it writes whatever comes to its mind there. The suite asks the app itself,
with few examples.

Two checks stand in for one of schemathesis. `told_problem`: a refusal is one that its door tells of
by name. `fitting_request_taken`: what fits the document is refused for what no document can say
only: by a rule of the business, or for one of the reasons in `BEYOND`.
"""

import argparse
import itertools
import json
import os
import secrets
import sys
from collections.abc import Collection, Iterator
from http import HTTPStatus
from time import monotonic
from typing import Any

import httpx2
import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import is_unexpected_http_status_case

__all__ = ["BEYOND", "CHECKS", "PHASES", "config", "findings", "renewing", "told_by"]

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
    "told_problem",
    "fitting_request_taken",
)
"""Every check of schemathesis that fits an API of one caller, and our two.

Left out: `object_level_authorization`, which wants two callers (``tests/api/authz.toml`` has eleven
of them for every door), `allow_header_conformance`, which wants ``GET /v1/coupons/batch`` to be no
door where ``GET /v1/coupons/{code}`` is one, and `positive_data_acceptance`, for ours.
"""

PHASES = ("examples", "coverage", "fuzzing", "stateful")
"""What schemathesis does in turn; the last one walks along the links of the document."""

BEYOND = (
    # one of several, or not both
    "Give either ",
    "Choose digits that don't repeat one",
    "Send a stay or a plate",
    "Tell what the ticket comes to",
    "Only points come from a redemption.",
    "Points have no quantity.",
    "Points have no slot and no quote.",
    "A reward costs the alliance's points.",
    "Points go nowhere; a reward does.",
    "A reward is no part of a ticket.",
    "A household pools the alliance's points.",
    "This can't name a member here.",
    # an order of two, or of each and all
    "It ends before it begins.",
    "A stay starts before it ends.",
    "Each line needs a number of its own.",
    "Name each line once.",
    "This is too much.",
    # what only one of us knows
    "Write the next_cursor of the page before.",
    "We never gave you that cursor.",
    "This can't be used.",
    "this is no card number",
    "the letters and digits of the plate",
    "the phone number with its country code",
    # a calendar, a currency's decimals, digits in a text
    "Write a time with its offset",
    "Write a day ",
    "decimals.",
    "This is too small or too large.",
    "Points pay in ",
    # what no text may hold, where a schema allows any
    "A text contains NUL or half of a character.",
    # the rows of a file
    "No row: ",
)
"""Why fields of a request that fits its schema are refused all the same."""

_SHAPE = {"INVALID_BODY", "INVALID_AMOUNT", "MALFORMED_JSON", "JSON_REQUIRED", "BODY_TOO_LARGE"}
_ANYWHERE = {"DOOR_UNKNOWN", "NOT_FOUND"}  # a generated id may make another path
_keys = itertools.count(1)
_run = secrets.token_hex(6)


class _UntoldProblemError(Failure):
    """A refusal that its door does not tell of."""


@schemathesis.check
def told_problem(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """Find a refusal whose code the door's document does not name at that status."""
    if response.status_code < HTTPStatus.BAD_REQUEST or is_unexpected_http_status_case(case):
        return
    code = response.json()["code"]
    if code not in _told(case, response.status_code) | _ANYWHERE:
        raise _UntoldProblemError(
            operation=case.operation.label, title="Problem not told of",
            message=f"{response.status_code} {code}",
        )  # fmt: skip


@schemathesis.check
def fitting_request_taken(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """Find a request that fits the document and is refused for its shape."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if not HTTPStatus.BAD_REQUEST <= response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return
    told = response.json()
    texts = [text for each in told.get("errors", {}).values() for text in each]
    texts = texts or [told["detail"]]
    beyond = all(any(reason in text for reason in BEYOND) for text in texts)
    if told["code"] in _SHAPE and not beyond:
        raise _UntoldProblemError(
            operation=case.operation.label, title="Fitting request refused",
            message=f"{response.status_code} {told['code']} {texts}",
        )  # fmt: skip


@schemathesis.hook
def before_call(_: HookContext, case: Case[Any], __: dict[str, Any]) -> None:
    """Let what fits come to a deed: with a key of its own, and whole numbers written as such.

    JSON Schema calls ``8.0`` an integer; we do not.
    """
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{_run}-{next(_keys)}"
    case.body = _whole(case.body)


@schemathesis.serializer(
    "application/x-ndjson", "text/csv", "application/pdf", "image/png", "image/jpeg", "text/plain"
)
def lines(_: object, value: object) -> bytes:
    """Write a file's body as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


def config(*, examples: int, seed: int, phases: Collection[str] = PHASES) -> SchemathesisConfig:
    """Return a configuration: which phases, with so many examples of each door and walks."""
    made = {"max-examples": examples, "database": "none", "no-shrink": True}
    chosen: dict[str, Any] = {
        phase: {"enabled": phase in phases, "generation": made} for phase in PHASES
    }
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "continue-on-failure": True,
            "suppress-health-check": ["all"],
            "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKS},
            "phases": chosen | {"coverage": {"enabled": "coverage" in phases}},
        }
    )


def findings(schema: BaseSchema) -> Iterator[tuple[str, str, str]]:
    """Ask everything of a loaded document; give what was found: door, check, and what happened."""
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            yield event.label, "error", str(event.info)
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.ScenarioFinished):
            for case_id, nodes in event.recorder.checks.items():
                for node in nodes:
                    if node.failure_info is not None:
                        case = event.recorder.cases[case_id].value
                        wrong = node.failure_info.failure
                        yield case.operation.label, node.name, f"{wrong} {_sent(case)}"


def renewing(url: str, client_id: str, secret: str) -> type:
    """Return the authentication of a client, with a fresh token every five minutes."""

    class Token:
        """A token of the client credentials grant."""

        def get(self, _case: Case[Any], _context: object) -> str:
            form = {"grant_type": "client_credentials"}
            answer = httpx2.post(f"{url}/oauth/token", data=form, auth=(client_id, secret))
            return str(answer.raise_for_status().json()["access_token"])

        def set(self, case: Case[Any], data: str, _context: object) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    return Token


def told_by(token: str) -> type:
    """Return the authentication of who has a token."""

    class Bearer:
        """A token that lasts."""

        def get(self, _case: Case[Any], _context: object) -> str:
            return token

        def set(self, case: Case[Any], data: str, _context: object) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    return Bearer


def main() -> int:
    """Ask a running server; print what was found, each kind once a door."""
    asked = argparse.ArgumentParser(prog="python -m contracts", description=__doc__)
    asked.add_argument("--url", default=os.environ.get("STOA_URL", "http://127.0.0.1:8600"))
    asked.add_argument("--examples", type=int, default=200)
    asked.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    options = asked.parse_args()
    who = os.environ["STOA_CLIENT_ID"], os.environ["STOA_CLIENT_SECRET"]
    schemathesis.auth(refresh_interval=300)(renewing(options.url, *who))
    wanted = config(examples=options.examples, seed=options.seed)
    schema = schemathesis.openapi.from_url(f"{options.url}/v1/openapi.json", config=wanted)
    begun, seen = monotonic(), set[tuple[str, str, str]]()
    for door, check, what in findings(schema):
        kind = (door, check, what[:40])
        if kind not in seen:
            seen.add(kind)
            print(f"{door}\n    {check}: {what}")  # noqa: T201 - a command
    print(  # noqa: T201 - a command
        f"{len(seen)} found in {monotonic() - begun:.0f} s; seed {options.seed}"
    )
    return 1 if seen else 0


def _told(case: Case[Any], status: int) -> set[str]:
    responses = case.operation.definition.raw["responses"]
    content = responses.get(str(status), {}).get("content", {})
    examples = content.get("application/problem+json", {}).get("examples", {})
    return {each["value"]["code"] for each in examples.values()}


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _sent(case: Case[Any]) -> str:
    told = [case.method, case.formatted_path, dict(case.query or {}), case.body]
    return json.dumps(told, default=str)[:400]


if __name__ == "__main__":
    sys.exit(main())
