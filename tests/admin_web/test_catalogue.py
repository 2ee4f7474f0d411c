"""The catalogue's page: offers with pictures, filters, a picture uploaded."""

import io
import re

from services.test_pictures import a_picture
from shelves import put
from stoa.services import pictures
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition

ROOM = "/admin/catalogue"
STAFF = Actor("staff:editor")


def test_the_offers_of_all_partners_are_shown(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    put(desk, "umbrella", points=700, money_minor=500, until="2026-05-31", tiers=["gold"])
    told = text_of(operator.get(ROOM))
    for words in ("A ticket", "Harbour Grocery", "700 points", "and 5.00 CNY", "gold"):
        assert words in told


def test_filters_narrow_the_page(operator: Visitor, desk: Desk, coalition: Coalition) -> None:
    put(desk, "umbrella", name={"en": "Umbrella"}, kind="donation", until="2026-05-03")
    for query in ("?q=umbr", "?kind=donation", "?partner=stoa", "?soon=yes"):
        page = operator.get(f"{ROOM}{query}").text
        assert "Umbrella" in page, query
        assert "A ticket" not in page, query
    assert "No offer is found" in operator.get(f"{ROOM}?q=nothing").text
    assert "A ticket" in operator.get(f"{ROOM}?cursor=nonsense&kind=nonsense").text


def test_pages_follow_each_other(operator: Visitor, desk: Desk, coalition: Coalition) -> None:
    for number in range(22):
        put(desk, f"cup-{number}", name={"en": f"Cup {number}"}, points=10 + number)
    first = operator.get(ROOM).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    assert "A ticket" not in first
    assert "A ticket" in operator.get(following[1].replace("&amp;", "&")).text


def test_a_picture_is_uploaded_and_shown(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    operator.get(ROOM)
    file = io.BytesIO(a_picture())
    assert operator.post(f"{ROOM}/pictures", picture=(file, "mug.png")).status_code == 303
    with desk.work(STAFF) as work:
        (seen,) = pictures.listed(work)
    put(desk, "umbrella", picture=seen.id)
    page = operator.get(ROOM).text
    assert page.count(f"/pictures/{seen.id}") == 2
    assert "The picture is kept" in page


def test_what_is_no_picture_is_told(operator: Visitor, coalition: Coalition) -> None:
    operator.get(ROOM)
    answer = operator.post(f"{ROOM}/pictures", picture=(io.BytesIO(b"text"), "x.png"))
    assert answer.status_code == 422
    assert "Choose a PNG, JPEG or WebP picture" in answer.text
    assert operator.post(f"{ROOM}/pictures").status_code == 422
