"""Whoever runs the servers can see whether they live, are ready, and how they do."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from stoa.api.health import newest_revision
from stoa.api.metrics import Metrics
from stoa.app import create_app
from stoa.config import Settings
from stoa.database import open_engine
from stoa.plugins import Plugins
from stoa.work import Actor, Desk, Programme
from tills import Till


def test_a_server_with_its_database_is_alive_and_ready(app: APIFlask) -> None:
    client = app.test_client()
    assert client.get("/livez").json == {"status": "alive"}
    assert client.get("/readyz").json == {"status": "ready", "reason": None}


def test_without_its_database_it_lives_but_is_not_ready(
    settings: Settings, plugins: Plugins, tmp_path: Path
) -> None:
    url = f"postgresql+psycopg://nobody@/stoa?host={tmp_path}"
    desk = Desk(
        hot=open_engine(url, settings, pool_size=1, autocommit=True),
        cold=open_engine(url, settings, pool_size=1),
        plugins=plugins,
        programme=Programme("STAR", "CNY", "Asia/Shanghai", 900),
    )
    client = create_app(settings, desk=desk).test_client()
    assert client.get("/livez").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.headers["Retry-After"] == "1"
    form = {"grant_type": "client_credentials"}
    answer = client.post("/oauth/token", data=form, auth=("cli_" + "0" * 26, "secret"))
    assert answer.status_code == 503
    desk.close()


def test_after_the_database_came_back_one_request_pays_for_all(
    settings: Settings, plugins: Plugins, database: str
) -> None:
    desk = Desk(
        hot=open_engine(database, settings, pool_size=8, autocommit=True),
        cold=open_engine(database, settings, pool_size=8),
        plugins=plugins,
        programme=Programme("STAR", "CNY", "Asia/Shanghai", 900),
    )
    app = create_app(settings, desk=desk)
    with ExitStack() as works:
        for _ in range(3):
            works.enter_context(desk.work(Actor("test"))).rows("SELECT 1")
    engine = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        ended = connection.exec_driver_sql(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).scalar_one()
    engine.dispose()
    assert ended >= 3
    statuses = [app.test_client().get("/readyz").status_code for _ in range(4)]
    desk.close()
    assert statuses == [503, 200, 200, 200]


def test_before_its_migrations_it_is_not_ready(app: APIFlask, database: str) -> None:
    engine = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    ready = app.test_client().get("/readyz")
    assert ready.status_code == 503
    assert ready.json == {"status": "not ready", "reason": "migrations wait to be applied"}
    assert newest_revision() != "0000"
    engine.dispose()


def test_requests_are_counted_by_door_and_never_by_member(app: APIFlask, grocery: Till) -> None:
    member = grocery.enrol()
    grocery.get(f"/members/{member['member_ref']}/balance")
    text = app.test_client().get("/metrics").text
    labels = 'method="GET",route="/v1/members/<member_ref>/balance",status="200"'
    assert f"stoa_http_requests_total{{{labels}}} 1.0" in text
    assert member["member_ref"] not in text


def test_processes_may_be_counted_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    assert Metrics().page() == b""


def test_a_log_line_names_the_door_and_no_person(
    capsys: pytest.CaptureFixture[str], grocery: Till
) -> None:
    grocery.post("/members", {"display_name": "Ada Lovelace", "phone": "+8613800138000"})
    line = capsys.readouterr().err.splitlines()[-1]
    assert " POST /v1/members 201 " in line
    assert grocery.client_id in line
    assert "Ada" not in line
    assert "138" not in line.split("client:")[0].split("ms")[1]


def test_a_log_line_may_be_json(
    settings: Settings, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    create_app(replace(settings, log_json=True), desk=desk).test_client().get("/v1/nothing")
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("{")
    assert '"status": 404' in line
