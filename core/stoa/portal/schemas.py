"""Schemas of the OpenAPI document as rows for people: each field, its type, its limits, its words.

A field within another is named by its way: ``lines[].net``. A schema that holds itself is named
where it comes again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Field", "fields", "kind_of", "limits_of"]

_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "{} or more letters",
    "maxLength": "at most {} letters",
    "minItems": "{} or more",
    "maxItems": "at most {} of them",
    "maxProperties": "at most {} names",
    "pattern": "as `{}`",
    "default": "by default `{}`",
}

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body or an answer.

    Attributes:
        name: with the names of what it stands in.
        depth: in how many others it stands.
        kind: its type.
        required: it has to be there.
        limits: in words; names of code between backticks.
        text: what it means.
    """

    name: str
    depth: int
    kind: str
    required: bool
    limits: tuple[str, ...]
    text: str


def fields(schema: Schema, known: Mapping[str, Schema]) -> list[Field]:
    """Return the fields of an object, each followed by its own.

    Args:
        known: the schemas that references name.
    """
    return list(_fields(schema, known, "", 0, ()))


def kind_of(schema: Schema, known: Mapping[str, Schema]) -> str:
    """Return the type of a schema in words: ``text``, ``list of objects``, ``date or null``."""
    schema, _ = _found(schema, known)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(kind_of(each, known) for each in schema[several]))
    kinds = schema.get("type", "object" if "properties" in schema else "anything")
    named = [kinds] if isinstance(kinds, str) else list(kinds)
    words = []
    for kind in named:
        if kind == "array":
            words.append(f"list of {_many(kind_of(schema.get('items', {}), known))}")
        elif kind == "string":
            words.append(str(schema.get("format", "text")))
        else:
            words.append({"integer": "whole number", "boolean": "true or false"}.get(kind, kind))
    return " or ".join(words)


def limits_of(schema: Schema) -> tuple[str, ...]:
    """Return the limits of a schema in words."""
    told = [words.format(schema[name]) for name, words in _LIMITS.items() if name in schema]
    if schema.get("minLength") == 0:
        told.remove("0 or more letters")
    if "enum" in schema:
        told.append("one of " + ", ".join(f"`{each}`" for each in schema["enum"]))
    if "const" in schema:
        told.append(f"always `{schema['const']}`")
    if schema.get("uniqueItems"):
        told.append("none twice")
    return tuple(told)


def _fields(
    schema: Schema, known: Mapping[str, Schema], before: str, depth: int, inside: tuple[str, ...]
) -> Iterator[Field]:
    schema, name = _found(schema, known)
    if name and name in inside:
        return
    inside = (*inside, name) if name else inside
    required = schema.get("required", ())
    for own, told in schema.get("properties", {}).items():
        full, _ = _found(told, known)
        yield Field(
            f"{before}{own}", depth, kind_of(told, known), own in required,
            limits_of(full), str(told.get("description", full.get("description", ""))),
        )  # fmt: skip
        for shape, way in _inner(told, known):
            yield from _fields(shape, known, f"{before}{own}{way}.", depth + 1, inside)
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping) and more:
        full, _ = _found(more, known)
        yield Field(
            f"{before}*", depth, kind_of(more, known), required=False,
            limits=limits_of(full), text=str(full.get("description", "any name")),
        )  # fmt: skip
        for shape, way in _inner(more, known):
            yield from _fields(shape, known, f"{before}*{way}.", depth + 1, inside)


def _inner(schema: Schema, known: Mapping[str, Schema]) -> Iterator[tuple[Schema, str]]:
    """Give the objects within a field, with what is put after its name."""
    full, _ = _found(schema, known)
    if "properties" in full or isinstance(full.get("additionalProperties"), Mapping):
        yield schema, ""
    elif "items" in full:
        for shape, way in _inner(full["items"], known):
            yield shape, f"[]{way}"
    for several in ("anyOf", "oneOf"):
        for each in full.get(several, ()):
            yield from _inner(each, known)


def _found(schema: Schema, known: Mapping[str, Schema]) -> tuple[Schema, str]:
    """Return a schema with its reference followed, and the name it has."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return known[name], name
    if len(schema.get("allOf", ())) == 1:
        return _found(schema["allOf"][0], known)
    return schema, ""


def _many(kind: str) -> str:
    plain = {"text": "texts", "object": "objects", "whole number": "whole numbers"}
    return plain.get(kind, kind)
