"""Subjects of claims: what a benefit is used for, written alike by whoever sends it.

`沪A·12345`, `沪a 12345` and `沪A-12345` are one number plate.
"""

import unicodedata

__all__ = ["subject_key"]


def subject_key(text: str) -> str:
    """Return a subject's letters and digits in capitals, wide ones as narrow ones, nothing else.

    What has neither letters nor digits stays as it is, without the spaces around it.
    """
    whole = unicodedata.normalize("NFKC", text).upper()
    return "".join(letter for letter in whole if letter.isalnum()) or text.strip()
