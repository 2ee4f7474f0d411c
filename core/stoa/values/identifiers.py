"""Names of things: random public ids that grow with time, card numbers, contacts."""

import secrets
import time
import unicodedata
import uuid

__all__ = [
    "MAX_KEY_LENGTH",
    "card_number",
    "is_card_number",
    "luhn_digit",
    "new_uuid",
    "public_id",
    "read_card",
    "read_email",
    "read_phone",
    "uuid_of",
]

MAX_KEY_LENGTH = 255
"""The longest idempotency key (printable ASCII)."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base32: no i, l, o, u
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_ENCODED_LENGTH = 26
_CARD_PREFIX = "99"
_CARD_LENGTH = 16
_PHONE_DIGITS = range(7, 16)  # E.164: at most 15
_MAX_EMAIL = 254  # RFC 5321 §4.5.3.1


def new_uuid() -> uuid.UUID:
    """Return a UUID of version 7 (RFC 9562 §5.7): 48 bits of milliseconds, 74 random bits.

    Ids that grow with time keep the leaves of an index warm; the random part leaks no volume.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (2**48 - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def public_id(prefix: str, value: uuid.UUID) -> str:
    """Return the id that the world sees: ``public_id("pur", value)`` is ``pur_0k3…``."""
    number = value.int
    pairs = [_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)]
    return f"{prefix}_{''.join(pairs)}"


def uuid_of(prefix: str, text: str) -> uuid.UUID | None:
    """Read a public id back; ``None`` for anything that is none of this prefix."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != _ENCODED_LENGTH:
        return None
    number = 0
    for letter in tail:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number << 5 | value
    return uuid.UUID(int=number) if number < 2**128 else None


def luhn_digit(digits: str) -> str:
    """Return the check digit that ISO/IEC 7812-1 annex B puts behind the digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - a single digit
    return str(-total % 10)


def card_number() -> str:
    """Return a new random card number: 16 digits that start with 99, the last one a check digit."""
    body = _CARD_PREFIX + "".join(secrets.choice("0123456789") for _ in range(_CARD_LENGTH - 3))
    return body + luhn_digit(body)


def is_card_number(text: str) -> bool:
    """Tell whether the text is 8 to 19 ASCII digits with a right check digit."""
    if not (text.isascii() and text.isdigit() and 8 <= len(text) <= 19):  # noqa: PLR2004 - ISO 7812
        return False
    return luhn_digit(text[:-1]) == text[-1]


def read_card(text: str) -> str:
    """Return a card number without its spaces.

    Raises:
        ValueError: the check digit is wrong, or it is no card number.
    """
    number = text.replace(" ", "")
    if not is_card_number(number):
        raise ValueError("this is no card number: its last digit does not check the others")
    return number


def read_phone(text: str) -> str:
    """Return the one spelling of a phone number: ``+`` and digits (E.164).

    ``+86 138 0013 8000``, ``0086-138-0013-8000`` and ``+8613800138000`` are one number.

    Raises:
        ValueError: the country code is missing, or it is no phone number.
    """
    compact = "".join(letter for letter in text if letter not in " -().\u00a0")
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    digits = compact.removeprefix("+")
    fits = digits.isascii() and digits.isdigit() and len(digits) in _PHONE_DIGITS
    if not compact.startswith("+") or not fits or digits.startswith("0"):
        raise ValueError("write the phone number with its country code, such as +8613800138000")
    return compact


def read_email(text: str) -> str:
    """Return the one spelling of an e-mail address: trimmed, NFC, lower case, without ``+tag``.

    Raises:
        ValueError: it is no e-mail address.
    """
    address = unicodedata.normalize("NFC", text.strip()).lower()
    local, at, domain = address.rpartition("@")
    local = local.partition("+")[0]
    odd = any(letter.isspace() or not letter.isprintable() for letter in address)
    labels = domain.split(".")
    whole = at and local and "@" not in local and len(labels) > 1 and all(labels)
    if odd or not whole or len(address) > _MAX_EMAIL:
        raise ValueError("write an e-mail address such as name@example.org")
    return f"{local}@{domain}"
