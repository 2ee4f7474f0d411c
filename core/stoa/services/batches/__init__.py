"""Batches: files of purchases, returns and voids that the worker carries out row by row.

records    a batch and its rows, found, listed, forgotten
intake     a file is taken in, whole or not at all
carrying   the worker posts the rows of one batch after the other, in chunks
"""

from stoa.services.batches.carrying import Again, Done, Post, carry_on
from stoa.services.batches.intake import MAX_ROWS, cancel, take_in
from stoa.services.batches.records import STATES, Batch, Row, find, forget, page, rows

__all__ = [
    "MAX_ROWS",
    "STATES",
    "Again",
    "Batch",
    "Done",
    "Post",
    "Row",
    "cancel",
    "carry_on",
    "find",
    "forget",
    "page",
    "rows",
    "take_in",
]
