"""Uploads: a file that somebody hands in is looked at, mapped, tried, imported by the worker.

reading   what the file is: its columns, a sample; NDJSON becomes CSV
fitting   which column is what: guesses, and the mapping that comes of a filled form
lists     handing in, keeping what was said, looking at what became of it
carrying  the worker at it: a dry run or the import itself, its progress, its end
"""

from stoa.services.uploads.carrying import carry_on
from stoa.services.uploads.fitting import (
    FIELDS,
    columns_of,
    fitted,
    guesses,
    mapping_text,
    openings_of,
)
from stoa.services.uploads.lists import (
    Upload,
    cancel,
    content_of,
    earlier,
    find,
    forget,
    hand_in,
    keep_mapping,
    mappings,
    page,
    queue,
    sheet_of,
    tell,
    wrong_counts,
    wrong_rows,
)
from stoa.services.uploads.reading import MOST_BYTES, Sheet, read_file, rows_of

__all__ = [
    "FIELDS",
    "MOST_BYTES",
    "Sheet",
    "Upload",
    "cancel",
    "carry_on",
    "columns_of",
    "content_of",
    "earlier",
    "find",
    "fitted",
    "forget",
    "guesses",
    "hand_in",
    "keep_mapping",
    "mapping_text",
    "mappings",
    "openings_of",
    "page",
    "queue",
    "read_file",
    "rows_of",
    "sheet_of",
    "tell",
    "wrong_counts",
    "wrong_rows",
]
