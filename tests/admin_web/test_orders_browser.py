"""Stock and redemptions in a real Chromium: axe finds nothing, and nothing is too wide."""

import pytest

from deliveries import a_ticket_reward, had
from orders import MUG, capture, put_in, rich, take
from windows import Open, faults, fits, sign_in
from world import Coalition

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1280, "light", "en"), (390, "dark", "zh-Hans")]
)
def test_the_pages_are_accessible_and_fit(
    coalition: Coalition, open_page: Open, width: int, theme: str, language: str
) -> None:
    put_in(coalition, 12)
    ada, eve = rich(coalition, 2)
    capture(coalition, take(coalition, ada, quantity=2))
    take(coalition, eve, "cinema:ticket")
    a_ticket_reward(coalition.desk)
    had(coalition, ada, "cinema:spin", quantity=5)
    page = open_page(width=width, theme=theme, language=language)
    sign_in(page)
    for address in ("stock", f"stock/item?offer={MUG}", "redemptions", "redemptions?state=failed"):
        page.goto(f"/admin/{address}")
        assert faults(page) == []
        assert fits(page)
