"""The doors of the OpenAPI document as facts: what each takes, gives and refuses, with examples."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stoa.portal.markdown import anchor_of
from stoa.portal.schemas import Field, fields, kind_of, limits_of

__all__ = ["Answer", "Door", "Parameter", "Refused", "doors", "sdk_lines"]

_PROBLEM = "application/problem+json"
_SDK = Path(__file__).parent / "sdk.toml"
_FOLDED = 72
_EXAMPLES: dict[str, Any] = {
    "integer": 1, "number": 1, "boolean": True, "date": "2026-05-01",
    "date-time": "2026-05-01T12:00:00+08:00", "uri": "https://partner.example/stoa",
}  # fmt: skip

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something of the path, the query or the headers."""

    name: str
    place: str
    kind: str
    required: bool
    limits: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door answers when it did what was asked."""

    status: str
    text: str
    schema: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A problem that a door may answer with."""

    status: str
    slug: str
    code: str
    title: str
    again: bool


@dataclass(frozen=True, slots=True)
class Door:
    """A door.

    Attributes:
        slug: the end of the address of its page.
        text: what it answers, in a line.
        scope: what the token must allow; empty for any token.
        guide: the anchor of its section in the guide to the API.
        body: the fields of a JSON body.
        files: media types of a body that is a file.
        example: a body that would be taken.
        curl: how it is gone through by hand.
        sdk: and with `stoa_sdk`; empty where the SDK has no deed for it.
    """

    slug: str
    method: str
    path: str
    tag: str
    text: str
    scope: str
    guide: str
    parameters: tuple[Parameter, ...]
    body: tuple[Field, ...]
    files: tuple[str, ...]
    example: str
    answers: tuple[Answer, ...]
    refuses: tuple[Refused, ...]
    curl: str
    sdk: str


@cache
def sdk_lines() -> dict[str, str]:
    """Return how each door is gone through with the SDK, by ``GET /v1/partner``."""
    return {door: str(line) for door, line in tomllib.loads(_SDK.read_text("utf-8")).items()}


def doors(spec: Facts) -> list[Door]:
    """Return the doors of an OpenAPI document, sorted by their tag as it lists them."""
    found = [
        _door(spec, path, method, told)
        for path, ways in spec["paths"].items()
        for method, told in ways.items()
    ]
    order = [tag["name"] for tag in spec["tags"]]
    return sorted(found, key=lambda door: (order.index(door.tag), door.path, door.method))


def _door(spec: Facts, path: str, method: str, told: Facts) -> Door:
    known: Facts = spec["components"]["schemas"]
    name = f"{method.upper()} {path}"
    parameters = [_parameter(spec, each) for each in told.get("parameters", ())]
    content: Facts = told.get("requestBody", {}).get("content", {})
    json_body: Facts = content.get("application/json", {})
    files = tuple(kind for kind in content if kind != "application/json")
    answers = tuple(
        _answer(status, answer, known)
        for status, answer in sorted(told["responses"].items())
        if status.startswith("2")
    )
    example = _body_example(json_body, known) if json_body else ""
    if files:
        example = str(content[files[0]].get("example", ""))
    return Door(
        slug=told["operationId"],
        method=method.upper(),
        path=path,
        tag=told["tags"][0],
        text=next(iter(answers)).text if answers else "",
        scope=next(iter(told["security"][0]["oauth2"]), ""),
        guide=anchor_of(name),
        parameters=tuple(parameters),
        body=tuple(fields(json_body.get("schema", {}), known)),
        files=files,
        example=example,
        answers=answers,
        refuses=tuple(_refused(told)),
        curl=_curl(method, path, told.get("parameters", ()), example, files),
        sdk=sdk_lines().get(name, ""),
    )  # fmt: skip


def _refused(told: Facts) -> Iterator[Refused]:
    for status, answer in sorted(told["responses"].items()):
        known: Facts = answer.get("content", {}).get(_PROBLEM, {}).get("examples", {})
        for slug, each in known.items():
            value: Facts = each["value"]
            again = bool(value["retryable"])
            yield Refused(status, slug, value["code"], each["summary"], again=again)


def _parameter(spec: Facts, told: Facts) -> Parameter:
    if "$ref" in told:
        told = spec["components"]["parameters"][told["$ref"].rpartition("/")[2]]
    known: Facts = spec["components"]["schemas"]
    return Parameter(
        told["name"], told["in"], kind_of(told["schema"], known), bool(told.get("required")),
        limits_of(told["schema"]), str(told.get("description", "")),
    )  # fmt: skip


def _answer(status: str, told: Facts, known: Facts) -> Answer:
    schema: Facts = told.get("content", {}).get("application/json", {}).get("schema", {})
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return Answer(status, str(told.get("description", "")), name, tuple(fields(schema, known)))


def _body_example(content: Facts, known: Facts) -> str:
    given = content.get("example")
    if given is None:
        given = _made_up(content.get("schema", {}), known)
    return json.dumps(given, ensure_ascii=False, indent=2)


def _made_up(schema: Facts, known: Facts) -> Any:  # noqa: ANN401 - JSON
    """Return something that a schema would take, as far as types tell."""
    if "$ref" in schema:
        return _made_up(known[schema["$ref"].rpartition("/")[2]], known)
    told = [schema[name] for name in ("const", "default") if name in schema]
    told += [*schema.get("enum", ()), *schema.get("examples", ())]
    if told:
        return told[0]
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        wanted = schema.get("required", ())
        return {
            name: _made_up(told, known)
            for name, told in schema.get("properties", {}).items()
            if name in wanted
        }
    if kind == "array":
        return [_made_up(schema.get("items", {}), known)]
    return _EXAMPLES.get(schema.get("format", kind), _EXAMPLES.get(kind, "…"))


def _curl(method: str, path: str, parameters: Any, example: str, files: tuple[str, ...]) -> str:  # noqa: ANN401 - of the document
    """Return the request as a line of a shell, with examples in the place of ids."""
    wanted = []
    for each in parameters:
        if each.get("in") == "path":
            path = path.replace(f"{{{each['name']}}}", str(each.get("example", "…")))
        elif each.get("in") == "query" and each.get("required"):
            wanted.append(f"{each['name']}={each['name'].upper()}")
    url = f'"$BASE{path}?{"&".join(wanted)}"' if wanted else f"$BASE{path}"
    lines = [f'curl -s {url} -H "Authorization: Bearer $TOKEN"']
    if method == "post":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
        kind = files[0] if files else "application/json"
        lines.append(f"-H 'Content-Type: {kind}'")
        body = "@file" if files else _quoted(example)
        lines.append(f"{'--data-binary' if files else '-d'} {body}")
    return " \\\n  ".join(lines)


def _quoted(example: str) -> str:
    short = re.sub(r"\s*\n\s*", " ", example)
    text = short if len(short) < _FOLDED else example
    return "'" + text.replace("'", "'\\''") + "'"
