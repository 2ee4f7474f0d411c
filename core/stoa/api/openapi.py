"""The OpenAPI 3.1 document: what `door` wrote down of each door, and what holds for all of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import Response
from marshmallow import Schema

from stoa.api.links import add_links
from stoa.config import Settings
from stoa.errors import (
    BodyTooLargeError,
    DatabaseUnavailableError,
    DpopNonceError,
    DpopProofError,
    IdempotencyExpiredError,
    IdempotencyInFlightError,
    IdempotencyKeyInvalidError,
    IdempotencyKeyRequiredError,
    IdempotencyMismatchError,
    InvalidAmountError,
    InvalidBodyError,
    JsonRequiredError,
    MalformedJsonError,
    OverloadedError,
    RateLimitedError,
    ScopeRequiredError,
    StoaError,
    TokenInvalidError,
    TokenRequiredError,
)
from stoa.services import credentials

__all__ = ["configure", "describe", "leave_out_plain"]

_EVERYWHERE = [
    TokenRequiredError, TokenInvalidError, DpopProofError, DpopNonceError, InvalidBodyError,
    DatabaseUnavailableError,
    RateLimitedError, OverloadedError,
]  # fmt: skip
_WHERE_A_BODY_IS = [
    IdempotencyKeyRequiredError, IdempotencyKeyInvalidError, MalformedJsonError, BodyTooLargeError,
    JsonRequiredError, InvalidAmountError, IdempotencyMismatchError, IdempotencyExpiredError,
    IdempotencyInFlightError,
]  # fmt: skip
_PATH = {
    "member_ref": ("Your partner's name of the member.", "mbr_ggt3ahkc6b7i6hpbmdx5tq2yqe"),
    "entry": ("The number of an entry in the member's history.", "1"),
    "purchase_id": ("The id of a purchase.", "pur_00d9kx1s3fj20a4bqk6tzr7w8e"),
    "redemption_id": ("The id of a redemption.", "hld_00d9kx1s3fj20a4bqk6tzr7w8e"),
    "statement_id": ("The id of a statement.", "stm_00d9kx1s3fj20a4bqk6tzr7w8e"),
    "return_id": ("The id of a waiting return.", "ret_00d9kx1s3fj20a4bqk6tzr7w8e"),
    "challenge": ("The code of a challenge.", "stamp-card"),
    "reward_id": ("The id of an offer, from the list of rewards.", "grocery:mug"),
    "chance_id": ("The id of a chance.", "chn_00nv3r6hm1evzvdqkqd3kj5d8s"),
    "draw": ("The code of a draw.", "lucky-wheel"),
    "ticket_id": ("The id of a ticket of a draw.", "tkt_00nv3r6hm1evzvdqkqd3kj5d8s"),
    "code_id": ("The id of a changing code.", "acd_00d9kx1s3fj20a4bqk6tzr7w8e"),
    "claim_id": ("The id of a claim.", "clm_00d9kx1s3fj20a4bqk6tzr7w8e"),
    "dispute_id": ("The id of a dispute.", "dsp_00d9kx1s3fj20a4bqk6tzr7w8e"),
    "webhook_id": ("The id of a webhook endpoint.", "whk_00d9kx1s3fj20a4bqk6tzr7w8e"),
    "batch_id": ("The id of a batch.", "bat_00d9kx1s3fj20a4bqk6tzr7w8e"),
    "code": ("The code of a coupon, as it was typed or scanned.", "7KQ2W9MRA3XTE"),
    "stay_id": ("a stay in one of your car parks", "sty_01m81530xbevn90dmr8rb2pw0w"),
    "quote_id": ("a quote of a stay", "pkq_01m8155c9qf4r9yj3v0w4q1ztb"),
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": (
        "Makes repeating the request safe: the same key with the same body gives the first answer, "
        "with another body it is refused. Quoted and bare are the same key."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "example": "01970f3e-8d2a-7c31-9b1e-1f2d3c4b5a69",
}
_PROBLEM = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457); it had no effect.",
    "required": [
        *("type", "title", "status", "detail", "code", "retryable", "doc_url", "request_id"),
    ],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "stable: decide by this one"},
        "retryable": {"type": "boolean", "description": "whether it may succeed later, as it is"},
        "doc_url": {"type": "string", "format": "uri"},
        "request_id": {"type": "string", "description": "tell us this one when you ask us"},
        "errors": {
            "type": "object",
            "description": "the fields that are wrong, by their path",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
_REQUEST_ID = {"description": "Names this request in our logs.", "schema": {"type": "string"}}
_REPLAYED = {
    "description": "There, and `true`, when the key had its effect before.",
    "schema": {"type": "string", "enum": ["true"]},
}
_DESCRIPTION = """
One member, one wallet of points, many merchants.
Get a token at `/oauth/token` with your client's credentials, send it as `Authorization: Bearer …`.
Points are whole numbers; money and quantities are decimals written as text; times carry an offset.
Every POST takes an `Idempotency-Key`; send it again with the same key when no answer came.
Whatever is refused has no effect and is answered by a problem document with a stable `code`.
""".strip()


def describe(
    view: Callable[..., Response],
    *,
    tag: str,
    method: str,
    scope: str | None,
    gives: type[Schema],
    takes: Schema | None,
    query: Schema | None,
    file: Mapping[str, str] | None,
    status: int,
    also: Mapping[int, type[Schema]],
    refuses: Sequence[type[StoaError]],
    example: dict[str, Any] | None,
) -> None:
    """Write down what a door takes, gives and refuses, where APIFlask's own decorators would.

    They are not used themselves, for each would also read the body, in its own and kinder way.
    """
    kinds = [*refuses, *_EVERYWHERE, *(_WHERE_A_BODY_IS if method == "POST" else ())]
    kinds += [ScopeRequiredError] if scope else []
    by_status: dict[int, list[type[StoaError]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    name = getattr(view, "__name__", "")
    words = name.split("_")
    vars(view)["_spec"] = {
        "operation_id": words[0] + "".join(word.title() for word in words[1:]),
        "tags": [tag],
        "args": [(query, "query")] if query is not None else [],
        "body": takes if file is None else {"type": "string", "format": "binary"},
        "body_example": example if file is None else next(iter(file.values())),
        "content_type": "application/json" if file is None else [*file],
        "response": {
            "schema": _empty(gives), "status_code": status, "description": _first_line(gives),
            "example": None, "examples": None, "links": None, "content_type": "application/json",
            "headers": None,
        },
        "responses": {code: _also(schema) for code, schema in also.items()}
        | {code: _response(tuple(found)) for code, found in sorted(by_status.items())},
        "security": [{"oauth2": [scope] if scope else []}],
    }  # fmt: skip


def configure(app: APIFlask, settings: Settings, *, sandbox: bool = False) -> None:
    """Set what holds for the whole document; a sandbox has doors besides."""
    app.config["OPENAPI_VERSION"] = "3.1.0"
    for kind in ("404", "VALIDATION_ERROR", "AUTH_ERROR"):  # each door says itself what it refuses
        app.config[f"AUTO_{kind}_RESPONSE"] = False
    app.description = _DESCRIPTION
    app.license = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    app.servers = [{"url": settings.public_url}]
    app.external_docs = {
        "description": "Every problem explained",
        "url": f"{settings.public_url}/problems",
    }
    app.tags = [
        {"name": "Members", "description": "Enrol, find, balance, history, provenance."},
        {"name": "Member codes", "description": "For the own app: the code shown, the PIN."},
        {"name": "Purchases", "description": "Estimate, report, read, return, void."},
        {"name": "Batches", "description": "Many purchases, returns and voids in one file."},
        {"name": "Redemptions", "description": "Hold, extend, capture, void, refund."},
        {"name": "Exchange", "description": "Points of one currency for points of another."},
        {"name": "Transfers", "description": "From one member to another."},
        {"name": "Activities", "description": "Points without a purchase, and friends."},
        {"name": "Households", "description": "Points in a pool, spent by role."},
        {"name": "Tiers", "description": "The ladders of tiers, and who stands where."},
        {"name": "Rewards", "description": "What points can buy."},
        {
            "name": "Coupons",
            "description": "Codes that take something off a ticket.",
        },
        {"name": "Benefits", "description": "What comes with standing and costs no points."},
        {"name": "Parking", "description": "What gates see, the stays it tells, and what is due."},
        {"name": "Challenges", "description": "What is to be done, and how far a member is."},
        {"name": "Chances", "description": "A step up, bought with points."},
        {"name": "Draws", "description": "Tickets bought with points, and what they win."},
        {"name": "Clearing", "description": "What you may issue, and what you owe."},
        {"name": "Webhooks", "description": "What happened: sent to you, and to read."},
        {"name": "Requests", "description": "What you asked in the last days, masked."},
        {"name": "Partner", "description": "Who you are."},
        *([{"name": "Sandbox", "description": "Its clock, its members, reset."}] * sandbox),
    ]
    app.security_schemes = {
        "oauth2": {
            "type": "oauth2",
            "description": "Client credentials (RFC 6749 §4.4), tokens of ten minutes.",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": f"{settings.public_url}/oauth/token",
                    "scopes": dict(credentials.SCOPES),
                }
            },
        }
    }

    def finish(spec: dict[str, Any] | str) -> dict[str, Any] | str:
        return _finished(spec) if isinstance(spec, dict) else spec

    app.spec_callback = finish


def leave_out_plain(app: APIFlask) -> None:
    """Leave plain Flask blueprints, such as the operator's web, out of the document."""
    for blueprint in app.blueprints.values():
        if not isinstance(blueprint, APIBlueprint):
            vars(blueprint)["enable_openapi"] = False


def _finished(spec: dict[str, Any]) -> dict[str, Any]:
    """Add what APIFlask has no word for: the key, the headers, names of the path's ids."""
    spec["paths"] = {path: doors for path, doors in spec["paths"].items() if path[:4] == "/v1/"}
    components = spec["components"]
    components["schemas"]["Problem"] = deepcopy(_PROBLEM)
    components["parameters"] = {"IdempotencyKey": deepcopy(_KEY)}
    components["headers"] = {
        "RequestId": deepcopy(_REQUEST_ID),
        "IdempotentReplayed": deepcopy(_REPLAYED),
    }
    for doors in spec["paths"].values():
        for method, operation in doors.items():
            for parameter in operation.get("parameters", []):
                if parameter.get("in") == "path":
                    text, example = _PATH[parameter["name"]]
                    parameter |= {"required": True, "description": text, "example": example}
            for code, answer in operation["responses"].items():
                headers = answer.setdefault("headers", {})
                headers["X-Request-Id"] = {"$ref": "#/components/headers/RequestId"}
                if method == "post" and code.startswith("2"):
                    replayed = {"$ref": "#/components/headers/IdempotentReplayed"}
                    headers["Idempotent-Replayed"] = replayed
            if method == "post":
                key = {"$ref": "#/components/parameters/IdempotencyKey"}
                operation.setdefault("parameters", []).append(key)
                operation["requestBody"]["required"] = True
    add_links(spec)
    return spec


@cache
def _empty(kind: type[Schema]) -> Schema:
    return kind()


def _also(schema: type[Schema]) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema.__name__}"}
    return {
        "description": _first_line(schema),
        "content": {"application/json": {"schema": reference}},
    }


@cache  # an app is made for each sandbox, and its document is the same
def _response(kinds: tuple[type[StoaError], ...]) -> dict[str, Any]:
    return {
        "description": " · ".join(kind.title for kind in kinds),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {kind.slug: _example(kind) for kind in kinds},
            }
        },
    }


def _example(kind: type[StoaError]) -> dict[str, Any]:
    return {
        "summary": kind.title,
        "value": {
            "type": f"/problems/{kind.slug}",
            "title": kind.title,
            "status": kind.status,
            "detail": _first_line(kind),
            "code": kind.slug.upper().replace("-", "_"),
            "retryable": kind.retryable,
            "doc_url": f"/problems/{kind.slug}",
            "request_id": "req_5f0c7b5e9d1a4c22",
        },
    }


def _first_line(kind: type) -> str:
    return (
        re.split(r"\n\s*\n", (kind.__doc__ or "").strip())[0]
        .replace("\n    ", " ")
        .replace("``", "`")
    )
