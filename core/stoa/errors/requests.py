"""Refusals of a request as such: its key, its body, its token, its door, a house that is down."""

from stoa.errors.kinds import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    MediaTypeUnsupportedError,
    MethodNotAllowedError,
    NotFoundError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
)

__all__ = [
    "BodyTooLargeError",
    "DatabaseUnavailableError",
    "DoorUnknownError",
    "DpopNonceError",
    "DpopProofError",
    "IdempotencyExpiredError",
    "IdempotencyInFlightError",
    "IdempotencyKeyInvalidError",
    "IdempotencyKeyRequiredError",
    "IdempotencyMismatchError",
    "InvalidAmountError",
    "InvalidBodyError",
    "JsonRequiredError",
    "MalformedJsonError",
    "MethodRefusedError",
    "ScopeRequiredError",
    "TokenInvalidError",
    "TokenRequiredError",
]


class IdempotencyKeyRequiredError(BadRequestError):
    """A POST came without the header that makes its repetition safe."""

    slug = "idempotency-key-required"
    title = "Send an Idempotency-Key header"


class IdempotencyKeyInvalidError(BadRequestError):
    """The key is empty, longer than 255 characters, or not printable ASCII."""

    slug = "idempotency-key-invalid"
    title = "The Idempotency-Key is not usable"


class MalformedJsonError(BadRequestError):
    """The body is no JSON by RFC 8259 and RFC 7493: duplicate names, NaN, too deep, not UTF-8."""

    slug = "malformed-json"
    title = "The body is no valid JSON"


class TokenRequiredError(UnauthorizedError):
    """No bearer token came with the request (RFC 6750 §3.1)."""

    slug = "token-required"
    title = "Send an access token"


class TokenInvalidError(UnauthorizedError):
    """The token is malformed, expired, revoked or meant for another audience (RFC 6750 §3.1)."""

    slug = "token-invalid"
    title = "The access token is not valid"


class DpopProofError(UnauthorizedError):
    """The proof of the token's key is missing, stale, used or for another request (RFC 9449 §7)."""

    slug = "dpop-proof-invalid"
    title = "The DPoP proof is not valid"


class DpopNonceError(UnauthorizedError):
    """The proof lacks the nonce that the answer tells in ``DPoP-Nonce`` (RFC 9449 §9)."""

    slug = "dpop-nonce-required"
    title = "The DPoP proof lacks our nonce"


class ScopeRequiredError(ForbiddenError):
    """The token does not carry the scope that this door asks for (RFC 6750 §3.1)."""

    slug = "scope-required"
    title = "The token lacks a scope"


class DoorUnknownError(NotFoundError):
    """No door of the API has this path."""

    slug = "door-unknown"
    title = "There is nothing here"


class MethodRefusedError(MethodNotAllowedError):
    """The path exists, the method does not."""

    slug = "method-refused"
    title = "This door does not take this method"


class IdempotencyInFlightError(ConflictError):
    """A request with this Idempotency-Key has not finished yet."""

    slug = "idempotency-in-flight"
    title = "The same request is still running"
    retryable = True
    retry_after_s = 1


class IdempotencyExpiredError(ConflictError):
    """The key had its effect more than 30 days ago; its answer is no longer kept."""

    slug = "key-expired"
    title = "The Idempotency-Key is too old"


class BodyTooLargeError(TooLargeError):
    """A body may have at most 256 KiB."""

    slug = "body-too-large"
    title = "The body is too large"


class JsonRequiredError(MediaTypeUnsupportedError):
    """The body must be JSON with the content type application/json."""

    slug = "json-required"
    title = "Send application/json"


class InvalidBodyError(InvalidError):
    """Fields are missing, unknown or out of range; `errors` names each."""

    slug = "invalid-body"
    title = "Some fields are not valid"


class InvalidAmountError(InvalidError):
    """Points are whole numbers from 1 to 10^12, written as JSON integers."""

    slug = "invalid-amount"
    title = "The amount is not valid"


class IdempotencyMismatchError(InvalidError):
    """The key belongs to a request with another body or to another door."""

    slug = "idempotency-mismatch"
    title = "The Idempotency-Key was used for another request"


class DatabaseUnavailableError(UnavailableError):
    """Nothing was done, or it is unknown: repeat with the same Idempotency-Key."""

    slug = "database-unavailable"
    title = "The database can't be reached"
