"""Advisory locks: each has a number of its own, so that no deed waits for another's."""

import re
from collections import Counter
from pathlib import Path

_SERVICES = Path(__file__).parents[2] / "core" / "stoa" / "services"
_NUMBER = re.compile(r"^_\w*LOCK = (\d+)$", re.MULTILINE)


def test_no_two_deeds_share_the_number_of_a_lock() -> None:
    found = [
        number
        for path in _SERVICES.rglob("*.py")
        for number in _NUMBER.findall(path.read_text("utf-8"))
    ]
    assert len(found) > 1
    assert [number for number, count in Counter(found).items() if count > 1] == []
