"""Libraries of strangers get tokens and call over a real socket, unchanged; so does the guide."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import (  # type: ignore[import-untyped]
    OAuth2Session as AuthlibSession,
)
from authlib.oauth2.rfc7523 import PrivateKeyJWT  # type: ignore[import-untyped]
from joserfc.jwk import ECKey
from oauthlib.oauth2 import BackendApplicationClient  # type: ignore[import-untyped]
from requests_oauthlib import OAuth2Session  # type: ignore[import-untyped]
from werkzeug.serving import WSGIRequestHandler, make_server

from stoa.app import create_app
from stoa.config import Settings
from stoa.services import credentials
from stoa.work import Actor, Desk
from stoa_sdk import Client
from world import Coalition, FixedClock

CLI = Actor("cli")
GUIDE = Path(__file__).parents[2] / "docs" / "oauth.md"


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object, **__: object) -> None:
        pass


def _nothing(_environ: object, _start: object) -> list[bytes]:
    return []  # stands in until the port, and so the public address, is known


@pytest.fixture
def address(
    settings: Settings, desk: Desk, coalition: Coalition, clock: FixedClock
) -> Iterator[str]:
    """Serve the app, whose clock tells the real time, and return its address."""
    clock.now = datetime.now(UTC)
    assert coalition.desk is desk
    server = make_server("127.0.0.1", 0, _nothing, threaded=True, request_handler=_Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    server.app = create_app(replace(settings, public_url=url), desk=desk)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pair(desk: Desk, coalition: Coalition) -> tuple[str, str]:
    """Return a client of the grocery and its secret."""
    with desk.work(CLI) as work:
        return credentials.issue_client(work, coalition.grocery, "server")


def test_requests_oauthlib_gets_a_token_and_calls(
    address: str, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    client_id, secret = pair
    endpoint = requests.get(
        f"{address}/.well-known/oauth-authorization-server", timeout=10
    ).json()["token_endpoint"]  # fmt: skip
    made: Any = OAuth2Session
    application: Any = BackendApplicationClient
    scope = ["members:read", "earn:write"]
    with made(client=application(client_id, scope=scope)) as session:
        token = session.fetch_token(
            endpoint, client_id=client_id, client_secret=secret, scope=scope
        )
        assert token["token_type"] == "Bearer"
        told = session.get(f"{address}/v1/partner").json()
    assert sorted(told["scopes"]) == sorted(scope)


def signing(endpoint: str) -> PrivateKeyJWT:
    """Return authlib's method; its own hour is too long for us, and it keeps its first jti."""
    soon = int(datetime.now(UTC).timestamp()) + 240
    return PrivateKeyJWT(endpoint, claims={"exp": soon}, alg="ES256")


def test_authlibs_own_client_signs_in_place_of_a_secret(
    address: str, pair: tuple[str, str], desk: Desk
) -> None:
    client_id, _ = pair
    key = ECKey.generate_key("P-256")
    with desk.work(CLI) as work:
        credentials.add_keys(work, client_id, json.dumps(key.as_dict(private=False)))
    endpoint = f"{address}/oauth/token"
    how: dict[str, Any] = {
        "token_endpoint_auth_method": "private_key_jwt",
        "revocation_endpoint_auth_method": "private_key_jwt",
    }
    made: Any = AuthlibSession
    with made(client_id, key, **how) as session:
        session.register_client_auth_method(signing(endpoint))
        token = session.fetch_token(endpoint, grant_type="client_credentials")
        assert token["expires_in"] == 600
        assert session.get(f"{address}/v1/partner").status_code == 200
        session.register_client_auth_method(signing(endpoint))
        revoked = session.revoke_token(f"{address}/oauth/revoke", token=token["access_token"])
        assert revoked.status_code == 200


def test_a_secret_is_rotated_while_requests_run(
    address: str, pair: tuple[str, str], desk: Desk
) -> None:
    client_id, secret = pair
    under_way = Event()

    def ask(number: int) -> int:
        if number == 10:
            under_way.set()
        with Client(address, client_id, secret, attempts=1) as client:
            return len(client.partner().stores)

    def rotate() -> str:
        under_way.wait(20)
        with desk.work(CLI) as work:
            return credentials.rotate_secret(work, client_id)

    with ThreadPoolExecutor(9) as threads:
        fresh = threads.submit(rotate)
        answers = list(threads.map(ask, range(50)))
    assert len(answers) == 50
    with Client(address, client_id, fresh.result()) as client:
        assert client.partner().stores


def test_the_sdk_binds_its_tokens(address: str, pair: tuple[str, str], desk: Desk) -> None:
    client_id, secret = pair
    with desk.work(CLI) as work:
        credentials.change_client(work, client_id, dpop="required")
    with Client(address, client_id, secret, dpop=True) as client:
        member = client.enrol(display_name="Ada")
        assert client.balance(member.member_ref).available == 0
        entries = list(client.history(member.member_ref))
    assert entries == []


def test_the_guide_runs_as_it_stands(address: str, pair: tuple[str, str]) -> None:
    bash = shutil.which("bash")
    if bash is None or shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    script = "set -e\n" + "\n".join(each for each in blocks if "export " not in each)
    env = {
        "PATH": os.environ["PATH"], "STOA_URL": address, "STOA_CLIENT_ID": pair[0],
        "STOA_CLIENT_SECRET": pair[1], "no_proxy": "*",
    }  # fmt: skip
    done = subprocess.run(  # noqa: S603 - our own guide
        [bash, "-c", script], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    told: list[Any] = re.findall(r'"active": ?(true|false)', done.stdout)
    assert told == ["true", "false"]
    assert '"stores"' in done.stdout
