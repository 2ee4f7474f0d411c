"""``stoa demo``: a seeded alliance with server and worker, for a first look and a first try."""

import fcntl
import json
import os
import secrets
import sys
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.pool import NullPool

from stoa.cli.database import upgrade_database
from stoa.cli.desk import ACTOR, Taught, console, found_secret, keep_private, open_desk, settings_of
from stoa.cli.processes import Processes, running
from stoa.cli.serve import port_is_free
from stoa.config import Settings
from stoa.database import create_database, embedded_url, find_database
from stoa.demo import sow, tell_story
from stoa.demo.sowing import OPEN_TTL_S, PastClock
from stoa.models.partners import Partner
from stoa.services import audit, credentials, currencies, sandboxes, staff
from stoa.services.sandboxes import Ground
from stoa.values.tenders import Spending
from stoa.work import Work, system_clock

__all__ = ["EMAIL", "demo", "prepare"]

EMAIL = "operator@stoa.example"
"""Who signs in at the admin web of the demo."""

_PEOPLE = (
    (EMAIL, "Demo Operator", "admin", ""),
    ("finance@stoa.example", "Demo Finance", "finance", ""),
    ("auditor@stoa.example", "Demo Auditor", "auditor", ""),
    ("grocery@stoa.example", "Demo Grocer", "partner_admin", "grocery"),
)
_SEED = 2026
_STEP_UP_POINTS = 5000
_PARTNERS = ("grocery", "fuel")
_BUILDER = "grocery"
"""Whose developer has a sandbox."""

_READY_S = 60


@click.command(
    cls=Taught,
    examples="""
        stoa demo
        stoa demo --port 8601 --no-browser
        stoa demo --reset
        STOA_DATA_DIR=/tmp/stoa stoa demo
    """,
)
@click.option("--port", type=int, help="Port of the server.  [STOA_PORT, 8600]")
@click.option("--reset", is_flag=True, help="Start over: drop the demo's data first.")
@click.option("--no-browser", is_flag=True, help="Don't open the admin web.")
def demo(*, port: int | None, reset: bool, no_browser: bool) -> None:
    """Run a seeded alliance: database, server and worker, with sign-ins printed.

    Fourteen shops in three malls, three hundred members and fourteen months of purchases are made
    once, on the embedded database; the next run finds them again. Ctrl-C stops everything.
    """
    started, screen = monotonic(), console()
    os.environ.pop("STOA_DATABASE_URL", None)
    os.environ.pop("STOA_APP_DATABASE_URL", None)
    os.environ.setdefault("STOA_RULE_DELAY_S", "0")  # whoever tries a rule wants to see it hold
    settings = found_secret(settings_of(port=port))
    if not settings.smtp_url:
        os.environ["STOA_SMTP_URL"] = f"file:{settings.data_dir / 'mail'}"
    if not port_is_free(settings.host, settings.port):
        raise click.ClickException(f"Port {settings.port} is in use: choose another with --port.")
    with _alone(settings.data_dir):
        signs = prepare(settings, screen, reset=reset)
        with running(settings) as processes:
            _wait_until_ready(settings, processes)
            _show(screen, settings, signs, monotonic() - started)
            if not no_browser and _has_screen():
                webbrowser.open(f"{settings.public_url}/admin/")
            processes.wait()
            screen.print("Stopping …")
    screen.print(f"Stopped. The data stays in {settings.data_dir} for the next run.")


def prepare(settings: Settings, screen: Console, *, reset: bool) -> dict[str, Any]:
    """Make the embedded database, migrate it and sow the story, unless that was done before.

    Returns:
        The sign-ins: `email`, `password`, `people` who have the same password with their roles,
        `clients` with an id and a secret by partner, and those of a `sandbox`: whose, id, secret.

    Raises:
        click.ClickException: the database holds somebody's alliance.
    """
    url, path = embedded_url(settings.data_dir), settings.data_dir / "demo.json"
    state = _state(find_database(settings).owner_url)
    if state == "other":
        raise click.ClickException(
            f"{settings.data_dir} holds an alliance that is not the demo's: it is left as it is."
            " Choose another place: STOA_DATA_DIR=… stoa demo"
        )
    if reset or state == "begun":
        _drop(settings, url)
        path.unlink(missing_ok=True)
        state = "empty"
    upgrade_database(settings)
    if state == "empty":
        _sow(settings, screen)
    if not path.exists():
        keep_private(path, json.dumps(_sign_ins(settings)))
    signs: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return signs


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(f"A demo is running on {data_dir} already.") from None
        yield


def _state(url: str) -> str:
    """Tell what a database holds: ``empty``, ``demo``, a ``begun`` demo, or ``other``."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('audit_records')")) is None:
            return "empty"
        mine = "SELECT max(deed) FROM audit_records WHERE subject = 'demo'"
        found = connection.scalar(text(mine))
        if found is None:
            any_partner = connection.scalar(text("SELECT 1 FROM partners LIMIT 1"))
            return "other" if any_partner else "empty"
        return "demo" if found == "demo.end" else "begun"


def _drop(settings: Settings, url: str) -> None:
    name = make_url(url).database or ""
    server = make_url(embedded_url(settings.data_dir, "postgres"))
    owner = server.set(drivername="postgresql+psycopg")
    engine = create_engine(owner, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        mine = text("SELECT datname FROM pg_database WHERE starts_with(datname, :stem)")
        for old in connection.scalars(mine, {"stem": f"{name}_sandbox_"}).all():
            connection.exec_driver_sql(f'DROP DATABASE "{old}" WITH (FORCE)')
    create_database(owner.render_as_string(hide_password=False), name)


def _sow(settings: Settings, screen: Console) -> None:
    story = tell_story(seed=_SEED, until=system_clock())
    clock = PastClock(story.until)
    bars = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with (
        _hasty(find_database(settings).owner_url),
        open_desk(settings, clock=clock, hold_ttl_s=OPEN_TTL_S) as desk,
        Progress(*bars, console=screen, transient=True) as progress,
    ):
        with desk.work(ACTOR) as work:
            audit.record(work, "demo.begin", "demo")
        bar = progress.add_task("Fourteen months of purchases", total=len(story.happenings))
        sow(desk, clock, story, told=lambda _: progress.advance(bar))
    with open_desk(settings) as desk, desk.work(ACTOR) as work:
        currencies.change(
            work, work.programme.currency, spending=Spending(step_up_points=_STEP_UP_POINTS)
        )
        audit.record(work, "demo.end", "demo", after={"seed": _SEED})
    screen.print(
        f"Sown: {len(story.people)} members, {len(story.purchases)} purchases in fourteen shops."
    )


@contextmanager
def _hasty(url: str) -> Iterator[None]:
    """Let commits not wait for the disk meanwhile: what is cut short is begun anew anyway."""
    name = make_url(url).database
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        try:
            yield
        finally:
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" RESET synchronous_commit')


def _sign_ins(settings: Settings) -> dict[str, Any]:
    password = secrets.token_urlsafe(12)
    with open_desk(settings) as desk, desk.work(ACTOR) as work:
        known = {person.email: person.id for person in staff.everyone(work)}
        for email, name, role, partner in _PEOPLE:
            if email in known:
                staff.set_password(work, known[email], password)
                continue
            house = _partner(work, partner) if partner else None
            staff.hire(work, email, name, role=role, password=password, partner_id=house)
        clients = {code: _client(work, code) for code in _PARTNERS}
    place = _sandbox(settings)
    people = [(email, role) for email, _, role, _ in _PEOPLE]
    signs = {"email": EMAIL, "password": password, "people": people}
    return signs | {"clients": clients, "sandbox": place}


def _sandbox(settings: Settings) -> list[list[str]]:
    """Open a sandbox for one shop; return its clients: whose, id, secret. None of them is lost."""
    with open_desk(settings) as desk:
        ground = Ground(desk, settings, plugins=lambda: desk.plugins)
        with desk.work(ACTOR) as work:
            shop = work.session.scalars(select(Partner.id).where(Partner.code == _BUILDER)).one()
            known = sandboxes.find(work, shop)
        if known is None:
            opened = sandboxes.open(ground, ACTOR, shop)
        else:
            opened = sandboxes.reset(ground, ACTOR, shop, new_secrets=True)
    return [
        [each.partner, each.client_id, opened.secrets[each.client_id]]
        for each in opened.box.clients
    ]


def _client(work: Work, code: str) -> tuple[str, str]:
    # The quickstart shows what stands on a member's phone, as the alliance's own app does.
    scopes = (*credentials.TILL_SCOPES, "codes:write")
    return credentials.issue_client(work, _partner(work, code), "quickstart", scopes)


def _partner(work: Work, code: str) -> UUID:
    return work.session.scalars(select(Partner.id).where(Partner.code == code)).one()


def _wait_until_ready(settings: Settings, processes: Processes) -> None:
    url, until = f"http://{settings.host}:{settings.port}/readyz", monotonic() + _READY_S
    while monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            processes.check()
        if processes.stopping.wait(0.1):
            raise click.Abort
    raise click.ClickException(f"The server was not ready within {_READY_S} s; see its log.")


def _show(screen: Console, settings: Settings, signs: dict[str, Any], took_s: float) -> None:
    url = settings.public_url
    screen.print(f"\n[bold green]Stoa runs[/], ready in {took_s:.0f} s.\n")
    screen.print(f"  admin web  [bold]{url}/admin/[/]")
    screen.print(f"  sign in    {signs['email']}")
    screen.print(f"  password   {signs['password']}", markup=False)
    for email, role in signs.get("people", [])[1:]:
        screen.print(f"  likewise   {email} ({role})", markup=False)
    screen.print(f"  rules      {url}/admin/rules, and on paper: stoa rules list")
    screen.print(f"  API        {url}/v1/docs")
    screen.print(f"  letters    {settings.data_dir / 'mail'}", soft_wrap=True)
    screen.print(f"  logs       {settings.data_dir / 'log'}", soft_wrap=True)
    screen.print("\nTo try the SDK, paste this and run python examples/quickstart.py:\n")
    click.echo(f"export STOA_URL={url}")
    for code, prefix in zip(_PARTNERS, ("STOA", "STOA_FUEL"), strict=True):
        client_id, secret = signs["clients"][code]
        click.echo(f"export {prefix}_CLIENT_ID={client_id}")
        click.echo(f"export {prefix}_CLIENT_SECRET={secret}")
    for _, client_id, secret in signs.get("sandbox", [])[:1]:
        screen.print("\nOr try it in the grocery's sandbox, where nothing is live:\n")
        click.echo(f"export STOA_URL={url}/sandbox/{_BUILDER}")
        click.echo(f"export STOA_CLIENT_ID={client_id}")
        click.echo(f"export STOA_CLIENT_SECRET={secret}")
        _, neighbour, other = signs["sandbox"][1]
        click.echo(f"export STOA_FUEL_CLIENT_ID={neighbour}")
        click.echo(f"export STOA_FUEL_CLIENT_SECRET={other}")
    screen.print("\nCtrl-C stops everything.")


def _has_screen() -> bool:
    """Tell whether somebody looks on: a terminal, and a desktop to open a browser on."""
    desktop = sys.platform in ("darwin", "win32")
    seen = desktop or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(seen) and sys.stdout.isatty()
