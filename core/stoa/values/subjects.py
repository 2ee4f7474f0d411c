"""Subjects of claims: what a benefit is used for, written alike by whoever sends it.

`沪A·12345`, `滬a 12345` and `沪A-12345` are one number plate, as in `stoa.values.plates`.
"""

import unicodedata

from stoa.values.plates import read_plate

__all__ = ["subject_key"]


def subject_key(text: str) -> str:
    """Return a subject's letters and digits in capitals, wide ones as narrow ones, nothing else.

    A number plate becomes the one spelling that gates and members' plates have too. What has
    neither letters nor digits stays as it is, without the spaces around it.
    """
    whole = unicodedata.normalize("NFKC", text).upper()
    key = "".join(letter for letter in whole if letter.isalnum())
    try:
        return read_plate(key)
    except ValueError:
        return key or text.strip()
