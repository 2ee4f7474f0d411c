"""The language in which a door is asked to tell."""

from dataclasses import dataclass
from typing import Any

from flask import request
from marshmallow import post_load

from stoa.api.fields import Word
from stoa.api.schemas import StrictSchema
from stoa.values.languages import LANGUAGES, closest

__all__ = ["LanguageQuery", "Spoken", "spoken"]


@dataclass(frozen=True, slots=True)
class Spoken:
    """In which language to tell; ``None`` for the door's own choice."""

    language: str | None = None


class LanguageQuery(StrictSchema):
    """In which language to tell."""

    language = Word(LANGUAGES)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Spoken:  # noqa: ANN401 - marshmallow's
        """Return the record."""
        return Spoken(**data)


def spoken(asked: str | None) -> str:
    """Return the language to tell in: the one asked for, else what ``Accept-Language`` likes best.

    Args:
        asked: by the query; it goes before the header.
    """
    if asked is not None:
        return asked
    liked = next(iter(request.accept_languages.values()), "en")
    return closest(liked)
