"""The database of a run: durable or refused, and gone when its run is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from trials.cluster import Cluster, forget_folder, new_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder of a run's own."""
    folder = new_folder()
    yield folder
    forget_folder(folder)


def test_a_run_refuses_a_database_that_may_forget(folder: Path) -> None:
    cluster = Cluster(folder)
    with (cluster.data / "postgresql.conf").open("a") as file:
        file.write("full_page_writes = off\n")
    with pytest.raises(RuntimeError, match="full_page_writes"):
        cluster.start()
    cluster.stop()


def test_what_a_killed_run_left_is_cleared_away(folder: Path) -> None:
    cluster = Cluster(folder)
    cluster.start()
    forget_folder(folder)
    assert not folder.exists()
    cluster.stop()  # there is nothing left to stop
