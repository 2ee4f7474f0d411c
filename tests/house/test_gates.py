"""What no file may contain; each gate is shown a saboteur that it has to catch."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ("core", "admin_web", "migrations", "partner_sdk", "plugins")
SERVER = ("core", "admin_web", "migrations", "plugins")

Finder = Callable[[str], Iterator[int]]


@dataclass(frozen=True)
class Gate:
    """A rule: where it holds, how a breach is found, and a file that breaks it."""

    name: str
    rooms: tuple[str, ...]
    find: Finder
    saboteur: str
    files: str = "*.py"
    but: tuple[str, ...] = ()


def line_of(node: ast.AST) -> int:
    """Return the line on which a statement or an expression begins."""
    return int(getattr(node, "lineno", 0))


def calls(*names: str) -> Finder:
    """Find calls by the end of the name that is called: ``sleep``, ``datetime.now``."""

    def find(source: str) -> Iterator[int]:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if any(called == name or called.endswith(f".{name}") for name in names):
                    yield node.lineno

    return find


def imports(*modules: str) -> Finder:
    """Find imports of a module, of something in it, or of something below it."""

    def find(source: str) -> Iterator[int]:
        for node in ast.walk(ast.parse(source)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            if any(f"{name}.".startswith(f"{module}.") for name in names for module in modules):
                yield line_of(node)

    return find


def text(pattern: str) -> Finder:
    """Find lines that match."""

    def find(source: str) -> Iterator[int]:
        for number, line in enumerate(source.splitlines(), 1):
            if re.search(pattern, line):
                yield number

    return find


def floats(source: str) -> Iterator[int]:
    """Find numbers with a fraction, and what makes them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno
    yield from calls("float", "round")(source)


def decodes_without_algorithms(source: str) -> Iterator[int]:
    """Find tokens that are read by whichever algorithm they name themselves."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("jwt.decode"):
            continue
        if "algorithms" not in {keyword.arg for keyword in node.keywords}:
            yield node.lineno


CLIENTS = (
    *("socket", "socketserver", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc"),
    *("http.client", "urllib.request", "asyncio.open_connection", "asyncio.create_connection"),
    *("httpx2", "httpcore2", "httpx", "requests", "urllib3", "aiohttp", "websockets"),
)
"""What opens connections; the database's driver and the job queue on it are not among them."""

_LINES = ("child", "frames", "keeper", "nursery", "process")
GATES = [
    Gate(
        "tests do not sleep",
        ("tests",),
        calls("time.sleep"),
        "import time\ntime.sleep(1)\n",
        but=("tests/beasts/deeds.py", "tests/beasts/hangs.py"),  # plugins that never answer
    ),
    Gate(
        "tests do not import sleep",
        ("tests",),
        imports("time.sleep"),
        "from time import sleep\nsleep(1)\n",
    ),
    Gate(
        "the clock is read in work.py",
        SERVER,
        calls("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"),
        "from datetime import UTC, datetime\nnow = datetime.now(UTC)\n",
        but=("core/stoa/work.py",),
    ),
    Gate(
        "text is never run",
        SHIPPED,
        calls("eval", "exec", "__import__", "os.system", "yaml.load"),
        "answer = eval('1 + 1')\n",
    ),
    Gate(
        "objects are not unpacked from bytes",
        SHIPPED,
        imports("pickle", "marshal", "shelve", "dill"),
        "import pickle\n",
    ),
    Gate(
        "pages escape what they show",
        SHIPPED,
        text(r"\|\s*safe\b|autoescape\s+false"),
        "<p>{{ member.name | safe }}</p>\n",
        files="*.html",
    ),
    Gate(
        "code marks no text as safe",
        SHIPPED,
        calls("Markup", "render_template_string"),
        "from markupsafe import Markup\nname = Markup('<b>')\n",
        but=(
            "core/stoa/portal/site.py",
        ),  # our own guides, as markdown-it and Pygments escape them
    ),
    Gate(
        "pages carry no script and no style of their own",
        SHIPPED,
        text(r"<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+=\"|\sstyle=\"|javascript:"),
        "<script>alert(1)</script>\n",
        files="*.html",
    ),
    Gate(
        "joserfc alone knows tokens",
        SERVER,
        imports("authlib.jose", "jwt", "jose"),
        "from authlib.jose import jwt\n",
    ),
    Gate(
        "a token is read by an algorithm that we name",
        SERVER,
        decodes_without_algorithms,
        "claims = jwt.decode(token, key)\n",
    ),
    Gate(
        "points and money are whole",
        ("core/stoa/values", "core/stoa/services", "core/stoa/models", "plugins"),
        floats,
        "rate = 0.1\n",
        but=(
            "core/stoa/services/imports/files.py",
            "core/stoa/services/outbox.py",
        ),  # progress, time
    ),
    Gate(
        "a deed commits nothing",
        ("core/stoa/services", "core/stoa/api", "core/stoa/oauth", "admin_web"),
        calls("commit", "rollback"),
        "work.session.commit()\n",
        but=("core/stoa/services/imports/runs.py",),  # a dry run ends by rolling back
    ),
    Gate(
        "a function with its owner's rights looks nowhere else",
        ("core/stoa/models",),
        text(r"SECURITY DEFINER(?! SET search_path = pg_catalog, pg_temp)"),
        "RETURNS void LANGUAGE sql SECURITY DEFINER AS $$\n",
        files="*.sql",
    ),
    Gate(
        "egress alone opens connections to others",
        ("core", "admin_web", "migrations", "plugins"),
        imports(*CLIENTS),
        "import urllib.request\n",
        but=(
            "core/stoa/cli/demo.py",  # asks the server that it started whether it is ready
            "core/stoa/cli/serve.py",  # looks whether its own port is free
            "core/stoa/egress/addresses.py",
            "core/stoa/egress/client.py",
            "core/stoa/egress/sending.py",
            # Lines between a server and the processes of its own plugins: pairs, never addresses.
            *(f"core/stoa/plugins/host/{name}.py" for name in _LINES),
            "core/stoa/post.py",  # the mail server that the operator names
            "plugins/transit/stoa_transit/card.py",  # an errand, run by the worker
        ),
    ),
]


def inside(gate: Gate) -> Iterator[Path]:
    """Give the files that a gate watches."""
    for room in gate.rooms:
        for path in sorted((ROOT / room).rglob(gate.files)):
            name = path.relative_to(ROOT).as_posix()
            if name not in gate.but and "/build/" not in name and path != Path(__file__):
                yield path


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_no_file_breaks_the_gate(gate: Gate) -> None:
    breaches = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in inside(gate)
        for line in gate.find(path.read_text("utf-8"))
    ]
    assert breaches == []


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_the_gate_catches_its_saboteur(gate: Gate) -> None:
    assert list(gate.find(gate.saboteur))


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_the_gate_watches_files(gate: Gate) -> None:
    assert list(inside(gate))


def schemas_twice(sources: Iterator[tuple[str, str]]) -> list[str]:
    """Return the schemas whose name another one has: OpenAPI knows each by its name alone."""
    found: dict[str, list[str]] = {}
    for place, source in sources:
        for node in ast.walk(ast.parse(source)):
            bases = node.bases if isinstance(node, ast.ClassDef) else []
            if any(ast.unparse(base).endswith(SCHEMAS) for base in bases):
                name = getattr(node, "name", "").removesuffix("Schema")
                found.setdefault(name, []).append(place)
    return [f"{name}: {', '.join(places)}" for name, places in found.items() if len(places) > 1]


SCHEMAS = ("Schema", "Body", "Answer", "Query")


def test_no_two_schemas_of_the_api_have_one_name() -> None:
    doors = sorted((ROOT / "core" / "stoa" / "api").rglob("*.py"))
    read = [(path.name, path.read_text("utf-8")) for path in doors]
    assert schemas_twice(iter(read)) == []
    second = ("again.py", "class EarnedAnswer(AnswerSchema): ...")
    assert schemas_twice(iter([*read, second])) == ["EarnedAnswer: earning.py, again.py"]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of `setup.cfg` on the core that stands under a root."""
    return subprocess.run(  # noqa: S603 - our own words
        [
            *(sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"),
            *("--config", str(ROOT / "setup.cfg"), "--no-logo", "--no-cache"),
        ],
        cwd=root,
        env={"PYTHONPATH": str(root / "core"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_go_down_only() -> None:
    told = lint_imports(ROOT)
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_floors_catch_an_import_that_goes_up(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "core" / "stoa", tmp_path / "core" / "stoa")
    with (tmp_path / "core" / "stoa" / "values" / "periods.py").open("a") as file:
        file.write("\nimport stoa.models\n")
    told = lint_imports(tmp_path)
    assert told.returncode == 1
    assert "stoa.values.periods -> stoa.models" in told.stdout
