"""The fixtures of the kit: the line, the observer, and a counter with a till for each case."""

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import pytest

from stoa_sdk.conformance.counter import Counter
from stoa_sdk.conformance.integration import Integration, Where
from stoa_sdk.conformance.line import Line
from stoa_sdk.conformance.observer import Observer
from stoa_sdk.conformance.plugin import OPTIONS
from stoa_sdk.facts import Store

_OURS = "stoa_sdk.conformance.ours:Till"


@pytest.fixture(scope="session")
def stoa_options(pytestconfig: pytest.Config) -> dict[str, str]:
    """Return what was asked for on the command line, or in ``STOA_…``."""
    asked = {
        name: pytestconfig.getoption(f"--stoa-{name}")
        or os.environ.get(f"STOA_{name.replace('-', '_').upper()}", "")
        for name in OPTIONS
    }
    missing = [name for name in ("url", "client-id", "client-secret") if not asked[name]]
    if missing:
        _stop("name the alliance to try: " + ", ".join(f"--stoa-{each}" for each in missing))
    return asked


@pytest.fixture(scope="session")
def stoa_integration(stoa_options: dict[str, str]) -> Callable[[Where], Integration]:
    """Return the class to try."""
    module, _, name = (stoa_options["integration"] or _OURS).partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        kind: Callable[[Where], Integration] = getattr(import_module(module), name or "Till")
    except (ImportError, AttributeError) as wrong:
        _stop(f"--stoa-integration {module}:{name}: {wrong}")
    finally:
        sys.path.pop(0)
    return kind


@pytest.fixture(scope="session")
def stoa_observer(stoa_options: dict[str, str]) -> Iterator[Observer]:
    """Return who looks at the alliance on a line of its own."""
    observer = Observer(
        stoa_options["url"], stoa_options["client-id"], stoa_options["client-secret"]
    )
    yield observer
    observer.close()


@pytest.fixture(scope="session")
def stoa_line(stoa_options: dict[str, str]) -> Iterator[Line]:
    """Return the line on which the till works."""
    line = Line(stoa_options["url"])
    yield line
    line.close()


@pytest.fixture(scope="session")
def stoa_store(stoa_options: dict[str, str], stoa_observer: Observer) -> Store:
    """Return the store that sells."""
    try:
        return stoa_observer.store(stoa_options["store"])
    except LookupError as wrong:
        _stop(f"--stoa-store: {wrong}")


@pytest.fixture
def counter(  # noqa: PLR0917 - each is a fixture
    stoa_options: dict[str, str],
    stoa_integration: Callable[[Where], Integration],
    stoa_observer: Observer,
    stoa_line: Line,
    stoa_store: Store,
    tmp_path: Path,
) -> Iterator[Counter]:
    """Return a counter with a new till on a good line."""
    where = Where(
        stoa_line.url, stoa_options["client-id"], stoa_options["client-secret"],
        stoa_store.code, tmp_path,
    )  # fmt: skip
    counter = Counter(stoa_line, stoa_observer, stoa_integration, where, stoa_store)
    yield counter
    stoa_line.mend()
    counter.close()


def _stop(why: str) -> NoReturn:
    """End the whole run: no case can be tried."""
    pytest.exit(why, returncode=pytest.ExitCode.USAGE_ERROR)
