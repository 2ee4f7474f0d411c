"""The face shows what is there, the manual tells all of it, and nothing of the server is needed."""

import ast
import inspect
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

import stoa_sdk
from stoa_sdk import AsyncClient, Client, OutboxQueue, errors, resources

ROOT = Path(stoa_sdk.__file__).parent
MANUAL = Path(__file__).parents[2] / "docs" / "sdk.md"
DEEDS = sorted(name for name in dir(Client) if not name.startswith("_"))


def test_the_face_shows_exactly_what_it_imports() -> None:
    assert sorted(stoa_sdk.__all__) == stoa_sdk.__all__
    assert all(hasattr(stoa_sdk, name) for name in stoa_sdk.__all__)


def test_the_async_client_does_what_the_client_does() -> None:
    assert sorted(name for name in dir(AsyncClient) if not name.startswith("_")) == DEEDS


def test_every_deed_is_a_method_with_the_docstring_of_its_call() -> None:
    missing = set(resources.__all__) - set(DEEDS)
    assert missing == {"history_page"}
    assert Client.earn.__doc__ == AsyncClient.earn.__doc__ == resources.earn.__doc__
    assert "receipt_no" in inspect.signature(Client.earn).parameters


@pytest.mark.parametrize("name", DEEDS)
def test_the_manual_tells_of_every_deed(name: str) -> None:
    assert f"`{name}(" in MANUAL.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in errors.__all__ if name != "problem"),
        *(f"outbox.{name}" for name in vars(OutboxQueue) if not name.startswith("_")),
    ],
)
def test_the_manual_tells_of_every_error_and_of_the_outbox(name: str) -> None:
    assert f"`{name}" in MANUAL.read_text(encoding="utf-8")


def test_the_examples_of_the_manual_are_python() -> None:
    blocks = MANUAL.read_text(encoding="utf-8").split("```python\n")[1:]
    assert len(blocks) > 5
    for block in blocks:
        compile(block.split("```")[0], "docs/sdk.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_the_package_needs_httpx2_and_stamina_and_more_for_proofs() -> None:
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["dependencies"] == ["httpx2>=2.16", "stamina>=26.1"]
    assert project["optional-dependencies"] == {
        "conformance": ["pytest>=9"],
        "dpop": ["joserfc>=1.8"],
        "keys": ["joserfc>=1.8"],
        "sign-in": ["joserfc>=1.8"],
        "verify": ["cryptography>=46"],
    }
    verifiers = [ROOT / f"{name}.py" for name in ("notes", "verify", "witness", "cli", "__main__")]
    assert _imported(verifiers) == {"cryptography", "httpx2"}
    signers = [ROOT / f"{name}.py" for name in ("dpop", "keys", "sign_in", "id_tokens")]
    assert _imported(signers) == {"httpx2", "joserfc"}
    rest = {*ROOT.glob("*.py")} - {*verifiers, *signers}
    assert _imported(sorted(rest)) == {"httpx2", "stamina"}
    assert not _imports_of_verifiers()


def _imported(files: Sequence[Path]) -> set[str]:
    imported = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).partition(".")[0])
    return imported - sys.stdlib_module_names - {"stoa_sdk"}


def _imports_of_verifiers() -> list[str]:
    """Return which of the modules that need the extra come along with the package."""
    told = subprocess.run(
        [sys.executable, "-c", "import stoa_sdk, sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    extras = ("cryptography", "joserfc")
    return [name for name in told.stdout.split() if name.startswith(extras)]


def test_the_package_is_typed() -> None:
    assert (ROOT / "py.typed").exists()
