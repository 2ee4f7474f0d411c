"""A client that a stranger's generator makes of the OpenAPI document earns a point, unchanged."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from apiflask import APIFlask

from tills import Till, app, grocery, spec

__all__ = ["app", "grocery"]

NOT_GENERATED = {
    "batches": "POST /v1/batches",
    "clearing": "POST /v1/disputes/{dispute_id}/evidence",
}
"""They take a file, for which this generator has no word; by their tag."""


@pytest.fixture
def generated(app: APIFlask, tmp_path: Path) -> Iterator[str]:
    """Generate a client by openapi-python-client; yield what the generator said."""
    document, config = tmp_path / "openapi.json", tmp_path / "config.yml"
    document.write_text(json.dumps(spec(app)))
    config.write_text("post_hooks: []\n")
    told = subprocess.run(  # noqa: S603 - a generator of this environment
        [
            sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none",
            "--path", str(document), "--config", str(config),
            "--output-path", str(tmp_path / "a_strangers_client"),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    sys.path.insert(0, str(tmp_path))
    yield told.stdout + told.stderr
    sys.path.remove(str(tmp_path))
    for name in [each for each in sys.modules if each.startswith("a_strangers_client")]:
        del sys.modules[name]


def test_a_generated_client_earns(generated: str, app: APIFlask, grocery: Till) -> None:
    warned = [line for line in generated.splitlines() if line.startswith("WARNING")]
    assert warned == [
        f"WARNING parsing {door} within {tag}. Endpoint will not be generated."
        for tag, door in NOT_GENERATED.items()
    ]
    client = importlib.import_module("a_strangers_client").AuthenticatedClient(
        base_url="http://localhost", token=grocery.token,
        httpx_args={"transport": httpx.WSGITransport(app=app)},
    )  # fmt: skip
    report: Any = importlib.import_module("a_strangers_client.api.purchases.report_purchase")
    body = importlib.import_module("a_strangers_client.models").PurchaseBody
    member = grocery.enrol()
    sale = body.from_dict(grocery.a_purchase(member))
    earned = report.sync(client=client, body=sale, idempotency_key="a-stranger")
    assert (earned.points, earned.balance.available) == (100, 100)
    again = report.sync_detailed(client=client, body=sale, idempotency_key="a-stranger")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.parsed == earned
    other = body.from_dict(grocery.a_purchase(member, store="nowhere"))
    refused = report.sync(client=client, body=other, idempotency_key="another")
    assert refused.code == "STORE_UNKNOWN"
