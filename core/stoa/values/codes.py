"""Codes that people show and type: random, of 65 bits, and codes that change with the time.

A code is 13 letters of Crockford's base32, which has no I, L, O and U: whoever reads ``O`` may type
it. A guess hits one of a million codes once in 10^13 tries (FRD-08 asks for 60 bits).

A changing code is a name of 8 letters and 13 that follow from a secret and the time step, so that
a photograph of it is worth nothing soon (FRD-06; RFC 6238 with SHA-256 and 65 bits).
"""

import hashlib
import hmac
import secrets
from datetime import datetime

__all__ = [
    "changing_code",
    "code_digest",
    "confirmation_code",
    "confirmation_step",
    "fits",
    "is_changing",
    "name_of",
    "new_code",
    "new_name",
    "read_code",
    "step_at",
    "step_of",
]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = frozenset(_ALPHABET)
_ALIKE = str.maketrans("OIL", "011")
_CODE = 13
_NAME = 8
_BITS = 5


def new_code() -> str:
    """Return a new random code of 13 letters."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE))


def new_name() -> str:
    """Return a new name of a changing code: 8 random letters."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_NAME))


def read_code(text: str) -> str | None:
    """Return the one spelling of what was typed; ``None`` where it can be no code."""
    letters = "".join(letter for letter in text.upper() if letter not in " -").translate(_ALIKE)
    fitting = len(letters) in (_CODE, _NAME + _CODE) and set(letters) <= _LETTERS
    return letters if fitting else None


def name_of(code: str) -> str:
    """Return what a code is kept under: itself, or the name of a changing one."""
    return code if len(code) == _CODE else code[:_NAME]


def is_changing(code: str) -> bool:
    """Tell whether a code that was read has a name and letters that change."""
    return len(code) == _NAME + _CODE


def code_digest(code: str) -> bytes:
    """Return the SHA-256 under which a code is kept: random bits need no salt."""
    return hashlib.sha256(name_of(code).encode()).digest()


def changing_code(name: str, secret: bytes, at: datetime, *, step_s: int) -> str:
    """Return the changing code of a name at an instant.

    Args:
        step_s: for how many seconds a code is shown.
    """
    return name + _of_step(name, secret, step_at(at, step_s=step_s))


def fits(code: str, secret: bytes, at: datetime, *, step_s: int) -> bool:
    """Tell whether a changing code is of this time step or the one before, in constant time."""
    return step_of(code, secret, at, step_s=step_s) is not None


def step_of(code: str, secret: bytes, at: datetime, *, step_s: int) -> int | None:
    """Return the time step of a changing code: this one or the one before, in constant time.

    Returns:
        The number of the step; ``None`` where the code is of neither.
    """
    name, shown = code[:_NAME], code[_NAME:]
    now = step_at(at, step_s=step_s)
    steps = (now, now - 1)
    fitting = [hmac.compare_digest(_of_step(name, secret, step), shown) for step in steps]
    return next((step for step, fits_it in zip(steps, fitting, strict=True) if fits_it), None)


def confirmation_code(name: str, secret: bytes, about: str, at: datetime, *, step_s: int) -> str:
    """Return 13 letters by which the holder of a secret confirms something at an instant.

    Args:
        about: what is confirmed, in one spelling.
    """
    return _of_step(f"{name}!{about}", secret, step_at(at, step_s=step_s))


def confirmation_step(
    code: str, name: str, secret: bytes, about: str, at: datetime, *, step_s: int
) -> int | None:
    """Return the time step of a confirmation: this one or the one before, in constant time."""
    now = step_at(at, step_s=step_s)
    steps = (now, now - 1)
    fitting = [
        hmac.compare_digest(_of_step(f"{name}!{about}", secret, step), code) for step in steps
    ]
    return next((step for step, fits_it in zip(steps, fitting, strict=True) if fits_it), None)


def step_at(at: datetime, *, step_s: int) -> int:
    """Return the number of the time step of an instant, counted from 1970."""
    return int(at.timestamp()) // step_s


def _of_step(name: str, secret: bytes, step: int) -> str:
    number = int.from_bytes(hmac.digest(secret, f"{name}:{step}".encode(), "sha256"))
    return "".join(_ALPHABET[number >> _BITS * place & 31] for place in range(_CODE))
