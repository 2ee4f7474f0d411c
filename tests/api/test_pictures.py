"""Pictures at their door: for anybody, for ever, and nothing but pictures."""

from apiflask import APIFlask

from services.test_pictures import a_picture
from shelves import put
from stoa.services import pictures
from stoa.work import Actor
from tills import Till
from world import Coalition


def test_a_picture_may_be_kept_by_caches_for_ever(
    app: APIFlask, coalition: Coalition, grocery: Till
) -> None:
    with coalition.desk.work(Actor("staff:editor")) as work:
        picture_id = pictures.add(work, a_picture("WEBP"))
    put(coalition.desk, "umbrella", picture=picture_id)
    url = grocery.get("/rewards/stoa:umbrella").json["picture_url"]
    assert url == f"http://localhost/pictures/{picture_id}"
    answer = app.test_client().get(f"/pictures/{picture_id}")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_unknown_pictures_are_alike(app: APIFlask) -> None:
    client = app.test_client()
    for path in ("0" * 64, "A" * 64, "x", "../rewards", "%00"):
        assert client.get(f"/pictures/{path}").status_code == 404
