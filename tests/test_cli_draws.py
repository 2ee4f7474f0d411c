"""``stoa draw``: how draws stand, their results, and cancelling one as a person."""

import json
from pathlib import Path

from click.testing import CliRunner

from draws import RAFFLE
from stoa.cli import cli
from stoa.cli.desk import open_desk
from stoa.config import Settings
from stoa.models.identity import Staff
from stoa.services import draws, identity
from stoa.values.identifiers import new_uuid
from stoa.work import Actor
from stoa_sdk.fairness import verify_draw

PASSWORD = "lantern-river-42-fox"


def test_a_draw_is_listed_told_and_cancelled_once(settings: Settings, tmp_path: Path) -> None:
    def run(*words: str, ends: int = 0) -> str:
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == ends, result.output
        return result.output

    run("programme", "set", "--name", "Stars")
    assert run("draw", "list") == "There is no draw.\n"
    days = {"from": "2026-05-01", "until": "2099-05-31", "draws_at": "2099-06-02T20:00"}
    with open_desk(settings) as desk, desk.work(Actor("cli")) as work:
        draws.save(work, "summer", RAFFLE | days)
        draws.activate(work, "summer")
        work.session.add(
            Staff(
                id=new_uuid(), email="eve@stoa.example", name="Eve", role="admin", active=True,
                password_hash=identity.hash_secret(PASSWORD), created_at=work.now(),
            )
        )  # fmt: skip
    told = run("draw", "list", "--ended")
    assert "summer" in told
    assert "3 of 3" in told
    assert verify_draw(json.loads(run("draw", "result", "summer"))).tickets == 0
    words = ("draw", "cancel", "summer", "--reason", "no bike", "--as", "eve@stoa.example",
             "--password", PASSWORD)  # fmt: skip
    assert "open ones of 0 tickets" in run(*words)
    assert "DRAW_CLOSED" in run(*words, ends=1)
    assert "cancelled" in run("draw", "list", "--ended")
