"""Stays in car parks: what the gates of a partner saw, and the stays that it tells."""

from stoa.services.stays.noting import Noted, Sighting, note, note_each
from stoa.services.stays.overview import Counts, Seen, counts, everywhere
from stoa.services.stays.records import (
    KEPT,
    STATES,
    Asked,
    Stay,
    find,
    forget,
    inside,
    listed,
    terms_of,
)

__all__ = [
    "KEPT",
    "STATES",
    "Asked",
    "Counts",
    "Noted",
    "Seen",
    "Sighting",
    "Stay",
    "counts",
    "everywhere",
    "find",
    "forget",
    "inside",
    "listed",
    "note",
    "note_each",
    "terms_of",
]
