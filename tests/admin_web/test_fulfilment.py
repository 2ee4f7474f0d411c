"""The fulfilment queue: what waits is seen, tried again or refunded, and by operators alone."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from errands import Kiosk, a_kiosk, a_reward, order_of, rich, run
from stoa.plugins import Plugins
from stoa.services.redemption import Redemption
from stoa.values.facts import Order
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Desk
from visitor import Visitor, text_of
from windows import Open, faults, fits, sign_in
from world import Coalition, PlainPlugin

ROOM = "/admin/fulfilment"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def kiosk() -> Kiosk:
    def down(_order: Order) -> None:
        raise OSError("the line is dead")

    kiosk = Kiosk()
    kiosk.says = down
    return kiosk


@pytest.fixture
def plugins(plain: PlainPlugin, kiosk: Kiosk) -> Plugins:
    return Plugins.installed_and({"plain": plain, "kiosk": kiosk})


@pytest.fixture
def waiting(desk: Desk, coalition: Coalition) -> Redemption:
    """Return an order whose partner failed once."""
    client = a_kiosk(coalition)
    bought = a_reward(desk, client, rich(coalition), quantity=2).redemption
    run(desk)
    return bought


def test_what_waits_is_shown_with_what_went_wrong(operator: Visitor, waiting: Redemption) -> None:
    page = text_of(operator.get(ROOM))
    for words in (
        "kiosk:tea × 2",
        public_id("hld", waiting.id),
        "Kiosk",
        "600",
        "the line is dead",
    ):
        assert words in page
    assert "To hand out 1" in page
    for state in ("failed", "cancelling", "done", "cancelled"):
        assert "Nothing here" in text_of(operator.get(f"{ROOM}?state={state}"))


def test_a_partner_is_asked_again_by_hand(
    operator: Visitor, desk: Desk, kiosk: Kiosk, waiting: Redemption
) -> None:
    kiosk.says = Kiosk().says
    order = public_id("hld", waiting.id)
    answer = operator.post(f"{ROOM}/{order}/try-again")
    assert answer.status_code == 303
    assert "The partner is asked again now." in text_of(operator.get(ROOM))
    run(desk)
    assert order_of(desk, waiting.id).state == "fulfilled"
    assert "K-1" in text_of(operator.get(f"{ROOM}?state=done"))
    operator.post(f"{ROOM}/{order}/try-again")
    assert "settled meanwhile" in text_of(operator.get(ROOM))


def test_an_order_is_given_up_and_refunded_by_hand(
    operator: Visitor, desk: Desk, waiting: Redemption
) -> None:
    operator.post(f"{ROOM}/{public_id('hld', waiting.id)}/give-up?state=queued")
    assert "its points are back" in text_of(operator.get(ROOM))
    assert order_of(desk, waiting.id).state == "failed"
    page = text_of(operator.get(f"{ROOM}?state=cancelling"))
    assert "given up by staff:" in page
    assert "Give up and refund" not in page


def test_an_auditor_sees_the_queue_and_changes_nothing(
    auditor: Visitor, desk: Desk, waiting: Redemption
) -> None:
    page = text_of(auditor.get(ROOM))
    assert "kiosk:tea" in page
    assert "Try again" not in page
    answer = auditor.post(f"{ROOM}/{public_id('hld', waiting.id)}/give-up")
    assert answer.status_code == 403
    assert order_of(desk, waiting.id).state == "issued"


def test_what_is_no_order_or_no_state_is_not_found(operator: Visitor, coalition: Coalition) -> None:
    assert coalition
    assert operator.get(f"{ROOM}?state=lost").status_code == 404
    assert operator.post(f"{ROOM}/mem_1/give-up").status_code == 404
    operator.post(f"{ROOM}/{public_id('hld', new_uuid())}/give-up")
    assert "Nothing was changed: REDEMPTION_UNKNOWN" in text_of(operator.get(ROOM))


def test_a_long_queue_has_pages(operator: Visitor, desk: Desk, coalition: Coalition) -> None:
    client, who = a_kiosk(coalition), rich(coalition, "90000.00")
    for _ in range(51):
        a_reward(desk, client, who)
    page = operator.get(ROOM).get_data(as_text=True)
    assert page.count('data-opens="again-') == 50
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert operator.get(older).get_data(as_text=True).count('data-opens="again-') == 1


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1280, "light", "en"), (390, "dark", "zh_Hans")]
)
def test_the_queue_is_accessible_and_fits(
    open_page: Open, waiting: Redemption, width: int, theme: str, language: str
) -> None:
    assert waiting
    page = open_page(width=width, theme=theme, language=language)
    sign_in(page)
    for state in ("queued", "failed"):
        page.goto(f"{ROOM}?state={state}")
        assert (faults(page), fits(page)) == ([], True)
