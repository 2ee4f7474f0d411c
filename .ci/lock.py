"""Writes the two locks: what runs, and what tests add (`requirements-dev.lock`).

    make lock [ARGS=--upgrade]

The nine distributions say what they need; pip-tools picks the versions, and keeps those that are
locked already unless it is told to upgrade.
"""

import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_RUN = _ROOT / "requirements.lock"
_DEV = _ROOT / "requirements-dev.lock"
_HEAD = """\
# {what} Written by `make lock` from setup.cfg and each pyproject.toml; do not edit.
"""


def main() -> None:
    """Write both locks."""
    core = ConfigParser()
    core.read(_ROOT / "setup.cfg")
    builder = tomllib.loads((_ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    needs = core["options"]["install_requires"].split("\n") + builder
    for file in (*_ROOT.glob("*/pyproject.toml"), *_ROOT.glob("plugins/*/pyproject.toml")):
        needs += tomllib.loads(file.read_text())["project"]["dependencies"]
    run = _compile(needs)
    _RUN.write_text(_HEAD.format(what="What runs.") + "".join(run))

    needs += core["options.extras_require"]["dev"].split("\n")
    added = [line for line in _compile([*needs, *run]) if line not in run]
    _DEV.write_text(
        _HEAD.format(what="What tests add.") + "-r requirements.lock\n" + "".join(added)
    )
    sys.stdout.write(f"{len(run)} packages run, {len(added)} more test them\n")


def _compile(needs: list[str]) -> list[str]:
    """Return one ``name==version`` a line for everything needed, by others than ourselves."""
    quiet = ("--quiet", "--no-header", "--no-annotate", "--strip-extras", "--allow-unsafe")
    silent = ("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host")
    known = [f"--constraint={lock}" for lock in (_RUN, _DEV) if lock.exists()]
    if "--upgrade" in sys.argv:
        known = []
    listed = subprocess.run(  # noqa: S603 - our own words
        [
            sys.executable,
            "-m",
            "piptools",
            "compile",
            *quiet,
            *silent,
            *known,
            "--output-file=-",
            "-",
        ],
        input="\n".join(need for need in needs if not need.startswith("stoa-")),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [line + "\n" for line in listed.stdout.splitlines() if "==" in line]


if __name__ == "__main__":
    main()
