"""Pictures: looked at before they are kept, named by their bytes, without what else they carry."""

from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from stoa.errors import InvalidBodyError
from stoa.services import pictures
from stoa.services.papers.pages import as_pdf
from stoa.values.sheets import Sheet
from stoa.work import Actor, Desk
from world import NOON

STAFF = Actor("staff:editor")


def a_picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **more: object) -> bytes:
    """Return the bytes of a plain picture."""
    into = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(into, kind, **more)
    return into.getvalue()


@pytest.mark.parametrize(
    ("kind", "media"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_a_picture_is_kept_and_found_by_its_id(desk: Desk, kind: str, media: str) -> None:
    with desk.work(STAFF) as work:
        picture_id = pictures.add(work, a_picture(kind))
        found = pictures.find(work, picture_id)
        assert found is not None
        assert found.type == media
        assert Image.open(BytesIO(found.bytes)).size == (40, 30)
        assert not pictures.missing(work, picture_id)
        assert [(each.id, each.width) for each in pictures.listed(work)] == [(picture_id, 40)]


def test_the_same_picture_is_kept_once(desk: Desk) -> None:
    with desk.work(STAFF) as work:
        assert pictures.add(work, a_picture()) == pictures.add(work, a_picture())
        assert len(pictures.listed(work)) == 1


def test_what_a_file_carries_beside_its_picture_is_left_out(desk: Desk) -> None:
    told = PngInfo()
    told.add_text("Comment", "taken at home")
    with desk.work(STAFF) as work:
        picture_id = pictures.add(work, a_picture(pnginfo=told))
        found = pictures.find(work, picture_id)
        assert found is not None
        assert b"taken at home" not in found.bytes
        assert pictures.add(work, a_picture()) == picture_id


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        a_picture()[:60],
        a_picture("GIF"),
        a_picture(size=(4097, 1)),
        b"\0" * (pictures.MOST_BYTES + 1),
    ],
    ids=["nothing", "svg", "cut off", "gif", "too wide", "too large"],
)
def test_what_is_no_fitting_picture_is_refused(desk: Desk, data: bytes) -> None:
    with desk.work(STAFF) as work, pytest.raises(InvalidBodyError) as wrong:
        pictures.add(work, data)
    assert list(wrong.value.members["errors"]) == ["picture"]


def test_a_picture_that_is_cut_off_is_refused_after_a_pdf_was_drawn(desk: Desk) -> None:
    as_pdf(Sheet("A sheet", "1", "en", NOON, sides=(), facts=(), tables=()))
    with desk.work(STAFF) as work, pytest.raises(InvalidBodyError):
        pictures.add(work, a_picture()[:60])


def test_an_unknown_picture_is_none(desk: Desk) -> None:
    with desk.work(STAFF) as work:
        assert pictures.find(work, "0" * 64) is None
        assert pictures.missing(work, "0" * 64)
