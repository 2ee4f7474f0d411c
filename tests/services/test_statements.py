"""The hot paths: how many statements each sends once its terms are known."""

from collections.abc import Callable
from typing import Any

import pytest

from stoa.services import earning, ledger, redemption
from stoa.services.redemption import Ask
from stoa.work import Desk, Work
from world import Coalition, a_key, met


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list that fills with every statement a work sends."""
    statements: list[str] = []
    real = Work.rows

    def rows(self: Work, statement: Any, values: Any = ()) -> Any:
        statements.append(statement)
        return real(self, statement, values)

    monkeypatch.setattr(Work, "rows", rows)
    return statements


def test_earn_hold_and_capture_read_once_and_write_once(
    desk: Desk, coalition: Coalition, sent: list[str]
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada), key=a_key())
        held = redemption.hold(work, Ask(met(work, ada), "main", 10), key=a_key())
        deeds: list[Callable[[], object]] = [
            lambda: earning.earn(work, coalition.a_purchase(ada), key=a_key()),
            lambda: redemption.hold(work, Ask(met(work, ada), "main", 10), key=a_key()),
            lambda: redemption.capture(work, held.redemption.id, points=10, key=a_key()),
        ]
        for deed in deeds:
            sent.clear()
            deed()
            assert len(sent) == 2, sent
            assert work._session is None, "a hot path opened a session"


def test_a_balance_and_a_page_of_history_are_one_statement_each(
    desk: Desk, coalition: Coalition, sent: list[str]
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada), key=a_key())
        sent.clear()
        ledger.balance_of(work, ada.id, "STAR")
        ledger.history(work, ada.id, "STAR")
    assert len(sent) == 2
