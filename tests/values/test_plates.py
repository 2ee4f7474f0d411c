"""One spelling of a plate, however a camera or a person wrote it."""

import pytest

from stoa.values.plates import masked_plate, read_plate
from stoa.values.subjects import subject_key


@pytest.mark.parametrize(
    ("written", "plate"),
    [
        ("沪A12345", "沪A12345"),
        ("沪A·12345", "沪A12345"),
        ("滬a 12345", "沪A12345"),
        ("沪A-12345", "沪A12345"),
        ("沪A１２３４５", "沪A12345"),
        ("沪AD12345", "沪AD12345"),
        ("沪AO1I45", "沪A01145"),
        ("京O12345", "京O12345"),  # the second place may be an O
        ("粵Z1234港", "粤Z1234港"),
        ("AB 1234", "AB1234"),
        ("OI 1234", "OI1234"),  # of Hong Kong: no letter is taken for another
        ("M-XY 99", "MXY99"),
    ],
)
def test_a_plate_has_one_spelling(written: str, plate: str) -> None:
    assert read_plate(written) == plate
    assert read_plate(plate) == plate
    assert subject_key(written) == plate


@pytest.mark.parametrize("written", ["", "A", "沪", "A" * 13, "AB?12", "AB\n12", "🚗🚗", " - "])
def test_what_is_no_plate_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        read_plate(written)


def test_a_masked_plate_tells_only_its_ends() -> None:
    assert masked_plate("沪A12345") == "沪A***45"
