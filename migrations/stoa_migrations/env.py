"""Which metadata, which database: read by Alembic at every command."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import SchemaItem

from stoa.models import Base

_LOCK_TIMEOUT = "4s"
_STATEMENT_TIMEOUT = "60s"


def _ours(
    _object: SchemaItem,
    name: str | None,
    _kind: str,
    _reflected: bool,  # noqa: FBT001 - Alembic's own signature
    _compare_to: SchemaItem | None,
) -> bool:
    return not (name or "").startswith("procrastinate_")


def _run() -> None:
    engine = create_engine(
        context.config.attributes["url"],
        poolclass=NullPool,
        connect_args={
            "options": f"-c lock_timeout={_LOCK_TIMEOUT} -c statement_timeout={_STATEMENT_TIMEOUT}"
        },
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=_ours,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()


_run()
