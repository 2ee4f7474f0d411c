"""An earn sees all partners' rows (`alliance_wide`); each of its statements names the partner.

Row-level security does not stand behind these statements, so that the connection stays as it is:
what stands here instead is that every statement on a table of partners' own rows asks for one.
"""

import re
from typing import Any

import pytest

from stoa.statements import Line
from stoa.work import Actor, Desk
from tills import Till, app, cinema, grocery

__all__ = ["app", "cinema", "grocery"]

OWN = """
SELECT c.relname FROM pg_class c
 WHERE c.relrowsecurity AND c.relforcerowsecurity AND c.relnamespace = 'public'::regnamespace
"""


def test_every_statement_of_an_earn_names_the_partner_whose_rows_it_wants(
    desk: Desk, grocery: Till, cinema: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.work(Actor("test")) as work:
        own = "|".join(row[0] for row in work.rows(OWN))
    ada = grocery.enrol()
    cinema.earn(ada, "500.00")
    told: list[str] = []
    rows = Line.rows

    def spy(line: Line, statement: str, *rest: Any) -> Any:
        told.append(statement)
        return rows(line, statement, *rest)

    monkeypatch.setattr(Line, "rows", spy)
    grocery.earn(ada, "100.00")
    grocery.earn(ada, "100.00")
    touching = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:public\.)?(?:{own})\b")
    wide = [each for each in told if touching.search(each) and "partner_id" not in each]
    assert [each for each in told if touching.search(each)], told
    assert wide == []
