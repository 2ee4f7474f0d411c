"""The catalogue: what members can have for points, with pictures; and pictures uploaded."""

from typing import Any

from flask import flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import catalog, pictures, rosters
from stoa.services.catalog import Wish
from stoa.values.rewards import KINDS
from stoa_admin.front import open_work, to
from stoa_admin.language import gettext, language, noted
from stoa_admin.room import Room

__all__ = ["KIND_WORDS", "doors", "page", "upload"]

doors = Room("catalogue", __name__, reads="catalogue.read", changes="catalogue.change")

_PAGE = 24
_TAGS = {"en": "en", "zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}

KIND_WORDS = {
    "voucher": noted("Voucher"),
    "gift": noted("Gift"),
    "discount": noted("Discount"),
    "service": noted("Service"),
    "currency": noted("Partner's points"),
    "ticket": noted("Draw ticket"),
    "chance": noted("Chance"),
    "donation": noted("Donation"),
}
"""The kinds of rewards, in the words of the page."""


@doors.get("/catalogue")
def page() -> str:
    """Show the offers that members can have now, or those that are looked for."""
    return _page({})


@doors.post("/catalogue/pictures")
def upload() -> Response:
    """Keep a picture, and tell its number for the forms of rewards."""
    sent = request.files.get("picture")
    data = sent.stream.read(pictures.MOST_BYTES + 1) if sent else b""
    try:
        with open_work() as work:
            picture_id = pictures.add(work, data)
    except InvalidBodyError:
        text = gettext(
            "Choose a PNG, JPEG or WebP picture of at most %(most)s kB.",
            most=pictures.MOST_BYTES // 1000,
        )
        return make_response(_page({"picture": text}), 422)
    flash(gettext("The picture is kept; its number is %(number)s.", number=picture_id), "success")
    return to("catalogue.page", _anchor="pictures")


def _page(errors: dict[str, str]) -> str:
    asked = request.args
    kind = asked.get("kind", "")
    chosen: dict[str, Any] = {
        "q": asked.get("q", "").strip()[:100].replace("\0", ""),
        "kind": kind if kind in KINDS else "",
        "partner": asked.get("partner", "").replace("\0", ""),
        "soon": "yes" if asked.get("soon") else "",
    }
    wish = Wish(
        chosen["q"], chosen["kind"] or None, chosen["partner"] or None,
        ends_soon=bool(chosen["soon"]),
    )  # fmt: skip
    with open_work() as work:
        try:
            found = catalog.page(work, wish, cursor=asked.get("cursor") or None, limit=_PAGE)
        except InvalidBodyError:
            found = catalog.page(work, wish, limit=_PAGE)
        partners = rosters.find_partners(work)
        seen = pictures.listed(work, most=12)
    return render_template(
        "admin/catalogue.html", offers=found.offers, following=found.next, chosen=chosen,
        partners=partners, kinds=KIND_WORDS, pictures=seen, errors=errors,
        tag=_TAGS[language()],
    )  # fmt: skip
