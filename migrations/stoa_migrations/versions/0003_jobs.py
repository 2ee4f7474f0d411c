"""The job queue's own tables and functions, for the application's role to use.

They are those of the installed procrastinate, which brings its own SQL.
When a later procrastinate changes them, a revision of ours runs what it ships under
``procrastinate/sql/migrations``, guarded so that a database made after that change is left alone.
"""

from collections.abc import Sequence

from alembic import op
from procrastinate.schema import SchemaManager

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = """
DO $$ DECLARE each regprocedure; BEGIN
    FOR each IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND proname LIKE 'procrastinate\\_%%' LOOP
        EXECUTE 'REVOKE ALL ON FUNCTION ' || each || ' FROM PUBLIC';
        EXECUTE 'GRANT EXECUTE ON FUNCTION ' || each || ' TO stoa_app';
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    procrastinate_workers, procrastinate_jobs, procrastinate_periodic_defers, procrastinate_events
    TO stoa_app;
GRANT USAGE ON
    procrastinate_workers_id_seq, procrastinate_jobs_id_seq, procrastinate_periodic_defers_id_seq,
    procrastinate_events_id_seq
    TO stoa_app;
"""

_DROP = """
DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs,
    procrastinate_workers CASCADE;
DO $$ DECLARE each regprocedure; BEGIN
    FOR each IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND proname LIKE 'procrastinate\\_%%' LOOP
        EXECUTE 'DROP FUNCTION ' || each || ' CASCADE';
    END LOOP;
END $$;
DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_event_type, procrastinate_job_status;
"""


def upgrade() -> None:
    """Expand."""
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    op.get_bind().exec_driver_sql(_GRANTS)


def downgrade() -> None:
    """Go back."""
    op.get_bind().exec_driver_sql(_DROP)
