"""The quickstart runs as it stands: two partners, one member, and a story that is printed."""

import runpy
from functools import partial
from pathlib import Path

import httpx2
import pytest

import stoa_sdk
from partner_sdk.fake_stoa import FakeStoa

SCRIPT = Path(__file__).parents[2] / "examples" / "quickstart.py"


def test_the_quickstart_earns_pays_returns_and_reads(
    stoa: FakeStoa, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    transport = httpx2.MockTransport(stoa)
    monkeypatch.setattr(stoa_sdk, "Client", partial(stoa_sdk.Client, transport=transport))
    monkeypatch.setenv("STOA_URL", "https://points.test")
    for name in ("CLIENT_ID", "CLIENT_SECRET", "FUEL_CLIENT_ID", "FUEL_CLIENT_SECRET"):
        monkeypatch.setenv(f"STOA_{name}", name.lower())
    runpy.run_path(str(SCRIPT), run_name="__main__")
    assert stoa.asked == [
        "GET /v1/partner",
        "GET /v1/partner",
        "POST /v1/members",
        "POST /v1/purchases",
        "POST /v1/members/mbr_1/code",
        "POST /v1/redemptions",
        "POST /v1/redemptions/hld_1/capture",
        "POST /v1/purchases/pur_1/returns",
        "GET /v1/members/mbr_1/balance",
        "GET /v1/members/mbr_1/entries",
    ]
    printed = capsys.readouterr().out
    assert "9900000000000009 earned 880" in printed
    assert "earn +880: 836.00 at 1 point per 1.00 (base)" in printed


def test_the_quickstart_is_thirty_lines_of_the_sdk_alone() -> None:
    lines = [line for line in SCRIPT.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) <= 30
    assert [line for line in lines if "import" in line] == [
        "from os import environ",
        "from stoa_sdk import Client, Line, ReturnLine, new_key, qr",
    ]
