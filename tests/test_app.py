"""The house is put together, or refuses to open where it would not be safe."""

from dataclasses import replace

import pytest

from stoa.app import StartRefusedError, create_app
from stoa.config import Settings
from stoa.work import Desk


@pytest.mark.parametrize("secret", ["", "secret", "s" * 64, "secret" * 8, "changeme" * 8])
def test_oau_28_44_a_weak_secret_key_is_refused(
    settings: Settings, desk: Desk, secret: str
) -> None:
    with pytest.raises(StartRefusedError, match="STOA_SECRET_KEY"):
        create_app(replace(settings, secret_key=secret), desk=desk)


def test_plain_http_behind_https_is_refused(
    settings: Settings, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    create_app(settings, desk=desk)
    with pytest.raises(StartRefusedError, match="AUTHLIB_INSECURE_TRANSPORT"):
        create_app(replace(settings, public_url="https://stars.example"), desk=desk)


def test_a_refusal_ends_the_process_with_its_reason() -> None:
    refusal = StartRefusedError("why")
    assert isinstance(refusal, SystemExit)
    assert refusal.code == "why"


def test_https_tells_browsers_to_stay_with_it(settings: Settings, desk: Desk) -> None:
    plain = create_app(settings, desk=desk).test_client().get("/livez")
    assert "Strict-Transport-Security" not in plain.headers
    safe = create_app(replace(settings, public_url="https://stars.example"), desk=desk)
    assert "Strict-Transport-Security" in safe.test_client().get("/livez").headers


def test_the_desk_is_found_in_the_app(settings: Settings, desk: Desk) -> None:
    assert create_app(settings, desk=desk).extensions["stoa"] is desk


def test_the_app_opens_a_desk_of_its_own(settings: Settings) -> None:
    app = create_app(settings)
    assert app.test_client().get("/readyz").status_code == 200
    app.extensions["stoa"].close()
