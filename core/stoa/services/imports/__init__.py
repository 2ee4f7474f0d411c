"""Imports of past purchases: a file becomes what tills would have made of it, set by set."""

from stoa.services.imports.openings import OpeningReport, open_balances
from stoa.services.imports.runs import (
    CLASSES,
    ImportReport,
    Progress,
    Told,
    balances_hash,
    run_import,
)

__all__ = [
    "CLASSES",
    "ImportReport",
    "OpeningReport",
    "Progress",
    "Told",
    "balances_hash",
    "open_balances",
    "run_import",
]
