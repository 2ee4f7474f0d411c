"""``stoa docs``: the developers' site as files, for any web server."""

import json
import secrets
from dataclasses import replace
from pathlib import Path

import click

from stoa.app import create_app
from stoa.cli.desk import Taught, console, settings_of
from stoa.portal import Site

__all__ = ["docs"]


@click.group()
def docs() -> None:
    """Write the developers' site as files."""


@docs.command(
    cls=Taught,
    examples="""
        stoa docs build site
        STOA_PUBLIC_URL=https://points.example stoa docs build site
        stoa docs build /srv/www/docs --base /docs
    """,
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--base", default="", help="Path at which the folder will be reached, as /docs.")
def build(folder: Path, *, base: str) -> None:
    """Write the site into FOLDER: the guides, every door, every problem, and the search.

    It is what a running server shows at /developers/ and /problems, in English, without the page
    that tries the API. No database is needed.
    """
    # Nothing is asked of the database; the key signs nothing.
    settings = replace(
        settings_of(), database_url="postgresql://nowhere.invalid/none", app_database_url="",
        secret_key=secrets.token_hex(32),
    )  # fmt: skip
    app = create_app(settings)
    with app.app_context():
        spec = json.loads(json.dumps(app.spec))
    count = Site(spec, served=False).write(folder, base=_path(base))
    console().print(f"{count} files in {folder}; it begins at {_path(base)}/developers/.")


def _path(base: str) -> str:
    inner = base.strip("/")
    return f"/{inner}" if inner else ""
