"""Number plates: one spelling of each, however a camera or a person wrote it.

``沪A·12345``, ``滬a 12345`` and ``沪A-12345`` are one plate. Behind the first two places of a
mainland plate stand no letters I and O (GA 36-2018): what reads as one there is a 1 or a 0.
"""

import unicodedata

__all__ = ["MAX_PLATE", "masked_plate", "read_plate"]

MAX_PLATE = 12
"""The most letters of a plate, without what stands between them."""

_MIN_PLATE = 2
_SHOWN = 2
_BETWEEN = frozenset(" -._/:·•‧・∙⋅・\u00a0\u3000")
_PLACES = "京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新蒙"
_ALIKE = str.maketrans("滬遼蘇閩贛魯粵瓊貴雲陝甯學領掛臺", "沪辽苏闽赣鲁粤琼贵云陕宁学领挂台")
_NO_LETTERS = str.maketrans("IO", "10")


def read_plate(text: str) -> str:
    """Return the one spelling of a number plate: capitals and digits with nothing between.

    Raises:
        ValueError: it is no number plate.
    """
    wide = unicodedata.normalize("NFKC", text).upper()
    plate = "".join(each for each in wide if each not in _BETWEEN).translate(_ALIKE)
    right = all(unicodedata.category(each)[0] in "LN" for each in plate)
    if not right or not _MIN_PLATE <= len(plate) <= MAX_PLATE:
        raise ValueError("write the letters and digits of the plate, such as 沪A12345")
    if plate[0] in _PLACES:
        plate = plate[:2] + plate[2:].translate(_NO_LETTERS)
    return plate


def masked_plate(plate: str) -> str:
    """Return a plate as a list may show it: how it begins and how it ends."""
    return f"{plate[:_SHOWN]}***{plate[-_SHOWN:]}"
