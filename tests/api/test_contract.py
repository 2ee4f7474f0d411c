"""The app against its own OpenAPI document: generated requests find no 5xx and no untold answer."""

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from apiflask import APIFlask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tills import Till

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 25


@pytest.mark.parametrize("wrong", [False, True], ids=["as told", "not as told"])
def test_generated_requests_get_told_answers(app: APIFlask, grocery: Till, *, wrong: bool) -> None:
    member = grocery.enrol(card="9900000000000002")
    grocery.earn(member, "5000.00")
    document = schemathesis.openapi.from_wsgi("/v1/openapi.json", app)
    mode = GenerationMode.NEGATIVE if wrong else GenerationMode.POSITIVE
    for found in document.get_all_operations():
        assert isinstance(found, Ok)
        _try_out(found.ok(), mode, grocery.token)


def _try_out(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, token: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case[Any]) -> None:
        case.headers["Authorization"] = f"Bearer {token}"
        case.call_and_validate(checks=CHECKS)

    with suppress(Unsatisfiable):  # nothing can be wrong where anything may be asked
        run()
