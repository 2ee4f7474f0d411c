"""The ground of a measurement: a durable database of its own, an alliance, many members."""

import os
import uuid
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

import stoa_migrations
from stoa.config import Settings, read_settings
from stoa.database import create_database, embedded_url, open_engine
from stoa.plugins import Housing, Plugins
from stoa.services import partners, tiers
from stoa.services.tiers import TierTerms
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk, Programme, system_clock

PARTNERS = 50


@dataclass(frozen=True)
class Ground:
    """Where a measurement runs."""

    settings: Settings
    url: str
    members: int
    partner_ids: list[uuid.UUID]
    store_ids: list[uuid.UUID]
    apart: bool = False

    def desk(self, *, connections: int = 1) -> Desk:
        hot = open_engine(self.url, self.settings, pool_size=connections, autocommit=True)
        cold = open_engine(self.url, self.settings, pool_size=connections)
        programme = Programme("STAR", "CNY", "Asia/Shanghai", 900)
        plugins = Plugins(housing=Housing(in_place=frozenset()) if self.apart else None)
        return Desk(hot=hot, cold=cold, plugins=plugins, programme=programme, clock=system_clock)

    def run(self, statement: str) -> list[tuple]:
        """Send statements as the owner."""
        engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            rows = [tuple(row) for row in result] if result.returns_rows else []
        engine.dispose()
        return rows


def member_id(number: int) -> uuid.UUID:
    """Return the id of the n-th member; pgbench makes the same one from the same number."""
    return uuid.UUID(f"00000000-0000-7000-8000-{number:012d}")


def data_dir() -> Path:
    """Where the embedded server of measurements lives."""
    settings = read_settings()
    return settings.data_dir / "bench"


def postmaster() -> int:
    """Return the process id of the embedded server."""
    return int((data_dir() / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def lay(name: str, *, members: int, alliance: bool = True) -> Ground:
    """Make a fresh database; with 50 partners on the standard plugin and so many members."""
    os.environ.pop("STOA_DATABASE_URL", None)
    settings = read_settings()
    server = embedded_url(data_dir(), "postgres")
    engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool,
                           isolation_level="AUTOCOMMIT")  # fmt: skip
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    engine.dispose()
    create_database(server, name)
    url = server.replace("/postgres?", f"/{name}?", 1).replace("postgresql:", "postgresql+psycopg:")
    stoa_migrations.upgrade(url)
    ground = Ground(settings, url, members, [], [])
    if not alliance:
        return ground
    desk = ground.desk()
    with desk.work(Actor("bench")) as work:
        partners.found_currency(
            work, "Star", rule=ExpiryRule.MONTH_END, months=24, face_value=Decimal("0.01")
        )
        tiers.define(work, [TierTerms("basic", "Basic", 0, 10), TierTerms("gold", "Gold", 1, 100)])
        site = partners.add_site(work, "mall", "Mall", zone="Asia/Shanghai")
        for number in range(PARTNERS):
            partner = partners.onboard(
                work,
                f"p{number}",
                f"Partner {number}",
                trade="general",
                plugin="standard",
                settings={},
            )
            store = partners.add_store(work, partner, site, "main", "Main", currency="CNY")
            ground.partner_ids.append(partner)
            ground.store_ids.append(store)
    desk.close()
    ids = "('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid"
    ground.run(
        f"INSERT INTO members SELECT {ids}, 'Member ' || n, 'en', 'active', 'bench', now(), NULL"
        f" FROM generate_series(1, {members}) AS n"
    )
    ground.run(
        "INSERT INTO identifiers SELECT 'card', '00000000-0000-0000-0000-000000000000',"
        f" '{{}}' || n, {ids}, now() FROM generate_series(1, {members}) AS n".replace(
            "{}", "bench-"
        )
    )
    ground.run(
        f"INSERT INTO wallets SELECT {ids}, 'STAR', 0, 0, 0, 0, 0, now()"
        f" FROM generate_series(1, {members}) AS n"
    )
    ground.run("VACUUM ANALYZE")
    return ground
