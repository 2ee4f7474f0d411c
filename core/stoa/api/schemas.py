"""Schemas of bodies: strict, flat, and quick where the body is right.

Marshmallow's own way through a schema costs a till's purchase as much as the whole token check, the
fingerprint and the answer together. So a body is first read by its fields alone; only one with
something wrong in it goes the long way, which tells everything that is wrong at once.
"""

from typing import Any, Protocol

from marshmallow import RAISE, Schema, ValidationError, fields, post_load
from marshmallow.validate import Length

from stoa.api.fields import Text, Word
from stoa.errors import InvalidAmountError
from stoa.services.members import KINDS, Token

__all__ = ["MAX_ITEMS", "Items", "MemberToken", "Part", "StrictSchema"]

MAX_ITEMS = 500
"""The most items of a list in a body."""


class _Reader(Protocol):
    required: bool

    def read(self, value: Any) -> Any: ...  # noqa: ANN401 - parsed JSON in, a fact out


class StrictSchema(Schema):
    """A schema that refuses fields it does not know (reliability TEN-03).

    Each of its fields has a `read` of its own, as those of `stoa.api.fields` have.
    """

    class Meta:
        """Options of marshmallow."""

        unknown = RAISE

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        super().__init__(**options)
        own: dict[str, Any] = dict(self.load_fields)
        known: dict[str, _Reader] = {each.data_key or name: each for name, each in own.items()}
        self._readers = {name: field.read for name, field in known.items()}
        self._needed = frozenset(name for name, field in known.items() if field.required)

    def read(self, data: dict[str, Any]) -> Any:  # noqa: ANN401 - the record that `make` makes
        """Return the record of an object.

        Raises:
            ValidationError: with everything that is wrong.
            InvalidAmountError: points are no whole number.
        """
        try:
            return self.quick(data)
        except (ValidationError, InvalidAmountError):
            return self.load(data)

    def quick(self, data: Any) -> Any:  # noqa: ANN401 - parsed JSON in, a record out
        """Return the record of an object, or raise at the first thing that is wrong."""
        if type(data) is not dict:
            raise ValidationError("Send an object.")
        readers = self._readers
        found = {}
        for name, value in data.items():
            if name not in readers:
                raise ValidationError("Unknown field.")
            found[name] = readers[name](value)
        if not self._needed <= found.keys():
            raise ValidationError("A field is missing.")
        return self.make(found)

    def make(self, data: dict[str, Any], **_: Any) -> Any:  # noqa: ANN401 - a record of the deeds
        """Return the record of the fields; the fields themselves where there is no record."""
        return data


class Part(fields.Nested):
    """An object in a body."""

    def read(self, value: Any) -> Any:  # noqa: ANN401 - parsed JSON in, a record out
        """Return the record of the object."""
        schema: Any = self.schema
        return schema.quick(value)


class Items(fields.Nested):
    """A list of 1 to 500 objects; a longer one is refused before any of it is read."""

    def __init__(self, schema: type[StrictSchema], **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        super().__init__(schema, many=True, validate=Length(1, MAX_ITEMS), **options)

    def read(self, value: Any) -> list[Any]:  # noqa: ANN401 - parsed JSON in, records out
        """Return the records of the objects."""
        schema: Any = self.schema
        return [schema.quick(each) for each in _few(value)]

    def _deserialize(self, value: Any, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - records
        return super()._deserialize(_few(value), *rest, **named)


class MemberToken(StrictSchema):
    """How a body names a member: by the code shown, card, contact, own number or member_ref."""

    type = Word(KINDS, required=True)
    value = Text(1, 254, required=True, metadata={"examples": ["9900000000000002"]})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Token:  # noqa: ANN401 - marshmallow's
        """Return the token of the deeds."""
        return Token(data["type"], data["value"])


def _few(value: Any) -> list[Any]:  # noqa: ANN401 - parsed JSON
    if type(value) is not list or not 1 <= len(value) <= MAX_ITEMS:
        raise ValidationError(f"Give a list of 1 to {MAX_ITEMS}.")
    return value
