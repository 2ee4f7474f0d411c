"""A shelf of rewards that the operator fills in as a table, for any plugin that wants one."""

from collections.abc import Iterable, Mapping
from typing import Any

from stoa.values.facts import Reward
from stoa.values.settings import Kind, Setting

__all__ = ["SHELF", "read_shelf"]

SHELF = Setting(
    name="rewards",
    kind=Kind.TABLE,
    label="Rewards",
    default=(),
    help="What members get for points; of two rows with one code the first holds.",
    columns=(
        Setting("code", Kind.TEXT, "Code", "", help="Never changes.", minimum=1, maximum=64),
        Setting("title", Kind.TEXT, "Title", "", help="What members read.", minimum=1, maximum=200),
        Setting("points", Kind.INTEGER, "Price of one", 1000, unit="points", minimum=1),
        Setting("worth_minor", Kind.INTEGER, "Worth of one", 0, unit="minor units"),
        Setting("max_quantity", Kind.INTEGER, "Most at once", 1, minimum=1, maximum=999),
    ),
)
"""The table's setting; a plugin lists it among its own."""


def read_shelf(rows: Iterable[Mapping[str, Any]]) -> list[Reward]:
    """Return the rewards of the table's rows, one a code, in the order of the rows."""
    shelf: dict[str, Reward] = {}
    for row in rows:
        shelf.setdefault(
            row["code"],
            Reward(
                code=row["code"],
                title=row["title"],
                points=row["points"],
                worth_minor=row["worth_minor"],
                max_quantity=row["max_quantity"],
            ),
        )
    return list(shelf.values())
