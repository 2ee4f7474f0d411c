"""The whole site: which pages there are, each within its frame, and all of them as files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stoa.errors import StoaError, refusals
from stoa.portal import library
from stoa.portal.doors import Door, doors
from stoa.portal.library import HOME, PROBLEMS
from stoa.portal.markdown import anchor_of, colour, render
from stoa.portal.pages import Asset, Heading, Page
from stoa.portal.search import index
from stoa.portal.words import NAMES, say

__all__ = ["Site"]

_STATIC = Path(__file__).parent / "static"
_KINDS = {
    ".css": "text/css", ".js": "text/javascript", ".json": "application/json",
    ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp",
}  # fmt: skip
_GROUPS = ("start", "connect", "plugins", "programme", "operate", "inside")
_NO_WORDS = ("#", "!", "```", "|", "- ")
_FROM_ROOT = re.compile(r'\b(href|src|action|data-index)="/(?!/)')


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the navigation."""

    title: str
    path: str


class Site:
    """The developers' site of one release.

    Args:
        spec: the OpenAPI document.
        served: it is handed out by a server, which has pages beside it to try the API.
    """

    def __init__(self, spec: Mapping[str, Any], *, served: bool = True) -> None:
        self._spec = spec
        self._served = served
        self._drawn: dict[tuple[str, str], str] = {}
        self._jinja = Environment(
            loader=PackageLoader("stoa.portal"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._jinja.globals.update(parts=_parts, code=_code, anchor=anchor_of)

    @cached_property
    def pages(self) -> Mapping[str, Page]:
        """Every page by its path."""
        made = [*self._guides(), *self._reference(), *self._lists()]
        return {page.path: page for page in made}

    @cached_property
    def assets(self) -> Mapping[str, Asset]:
        """Every file that pages need, by its path."""
        found = [
            *((f"{HOME}/of/{file.name}", file) for file in sorted(_STATIC.iterdir())),
            *library.pictures().items(),
        ]
        kept = {
            path: Asset(path, _KINDS[file.suffix], file.read_bytes())
            for path, file in found
            if file.suffix in _KINDS
        }
        path = f"{HOME}/search.json"
        return kept | {path: Asset(path, _KINDS[".json"], index(self.pages.values()))}

    def draw(self, path: str, language: str = "en") -> str | None:
        """Return a page within its frame as HTML; ``None`` where there is none.

        Args:
            language: of the frame.
        """
        page = self.pages.get(path)
        if page is None:
            return None
        if (path, language) not in self._drawn:
            self._drawn[path, language] = self._framed(page, language)
        return self._drawn[path, language]

    def write(self, folder: Path, *, base: str = "") -> int:
        """Write the site as files for any web server; return how many.

        Args:
            folder: which is made; what stands in it is written over.
            base: the path at which the folder will be reached, such as ``/docs``.
        """
        for path in self.pages:
            file = folder / path.strip("/") / "index.html"
            text = _FROM_ROOT.sub(rf'\1="{base}/', self.draw(path) or "")
            _put(file, text.encode())
        for path, asset in self.assets.items():
            data = asset.data
            if path.endswith("search.json"):
                data = data.replace(b'["/', f'["{base}/'.encode())
            _put(folder / path.strip("/"), data)
        return len(self.pages) + len(self.assets)

    def _framed(self, page: Page, language: str) -> str:
        return self._jinja.get_template("portal/frame.html").render(
            page=page,
            # What markdown-it and our own templates made of our own texts, raw HTML refused.
            body=Markup(page.body),  # noqa: S704 - see above
            t=lambda key: say(key, language),
            language=language,
            languages=NAMES if self._served else {},
            groups=self._navigation(language),
            version=self._version,
            home=HOME,
            problems=PROBLEMS,
            served=self._served,
        )

    @cached_property
    def _version(self) -> str:
        """What the addresses of files end with, so that browsers keep the right ones."""
        known = sha256()
        for asset in self.assets.values():
            known.update(asset.data)
        return known.hexdigest()[:10]

    def _navigation(self, language: str) -> list[tuple[str, list[_Entry]]]:
        told = [
            (
                say(group, language),
                [_Entry(page.title, page.path) for page in self.pages.values()
                 if page.group == group],
            )
            for group in _GROUPS
        ]  # fmt: skip
        reference = [
            _Entry(say("reference.doors", language), f"{HOME}/reference"),
            _Entry(say("reference.problems", language), PROBLEMS),
            _Entry(say("reference.changelog", language), f"{HOME}/changelog"),
            _Entry(say("reference.decisions", language), f"{HOME}/decisions"),
        ]
        if self._served:
            reference.append(_Entry(say("reference.try", language), "/v1/docs"))
        return [*told[:1], (say("reference", language), reference), *told[1:]]

    def _guides(self) -> Iterator[Page]:
        for source in library.sources():
            yield render(
                source.text(), name=source.name, path=source.path, group=source.group,
                find=library.address,
            )  # fmt: skip
        yield render(
            library.changelog(), name="CHANGELOG.md", path=f"{HOME}/changelog", group="",
            find=library.address,
        )  # fmt: skip

    def _reference(self) -> Iterator[Page]:
        found = doors(self._spec)
        for door in found:
            path = f"{HOME}/reference/{door.slug}"
            title = f"{door.method} {door.path}"
            headings = [Heading(1, "", title, f"{door.text} {door.tag} {door.scope}")]
            headings += [
                Heading(2, anchor, words) for anchor, words, there in _sections(door) if there
            ]
            body = self._template("door", door=door, home=HOME, problems=PROBLEMS)
            yield Page(path, title, body, tuple(headings), "", tuple(_links(body)))
        tags = [(tag["name"], tag["description"]) for tag in self._spec["tags"]]
        yield self._list(
            "reference", f"{HOME}/reference", "API reference", doors=found, tags=tags,
            intro=str(self._spec["info"]["description"]).splitlines(),
            headings=[(anchor_of(name), name) for name, _ in tags],
        )  # fmt: skip

    def _lists(self) -> Iterator[Page]:
        kinds: Sequence[type[StoaError]] = [*refusals(), StoaError]
        yield self._list("problems", PROBLEMS, "Problems", kinds=kinds)
        decisions = [
            _Entry(_title(source.text()), source.path)
            for source in library.sources()
            if source.path.startswith(f"{HOME}/decisions/")
        ]
        yield self._list("decisions", f"{HOME}/decisions", "Decisions", decisions=decisions)
        guides = [
            (group, [(_Entry(_title(source.text()), source.path), _lead(source.text()))
                     for source in library.sources() if source.group == group])
            for group in _GROUPS
        ]  # fmt: skip
        yield self._list("home", f"{HOME}/", say("brand", "en"), guides=guides)

    def _list(
        self, template: str, path: str, title: str, *,
        headings: Sequence[tuple[str, str]] = (), **facts: Any,  # noqa: ANN401 - of the template
    ) -> Page:  # fmt: skip
        body = self._template(
            template, title=title, home=HOME, problems=PROBLEMS, t=lambda key: say(key, "en"),
            **facts,
        )  # fmt: skip
        below = [Heading(2, anchor, words) for anchor, words in headings]
        return Page(path, title, body, (Heading(1, "", title), *below), "", tuple(_links(body)))

    def _template(self, template: str, **facts: Any) -> str:  # noqa: ANN401 - of the template
        return self._jinja.get_template(f"portal/{template}.html").render(facts)


def _parts(text: str) -> list[tuple[str, bool]]:
    """Return the parts of a line, and of each whether it stood between backticks."""
    return [(part, number % 2 == 1) for number, part in enumerate(text.split("`")) if part]


def _code(text: str, language: str) -> Markup:
    """Return code in colours."""
    return Markup(colour(text, language))  # noqa: S704 - Pygments escapes what it colours


def _sections(door: Door) -> list[tuple[str, str, bool]]:
    """Return the headings of a door's page: anchor, words, whether it is there."""
    return [
        ("parameters", "Parameters", bool(door.parameters)),
        ("body", "Body", bool(door.body or door.files)),
        ("examples", "Examples", True),
        ("answers", "Answers", True),
        ("refusals", "Refusals", bool(door.refuses)),
    ]


def _links(body: str) -> list[str]:
    return re.findall(r'href="(/[^"]*)"', body)


def _title(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ").strip()


def _lead(text: str) -> str:
    """Return the first sentence of a page, without its links."""
    paragraphs = [part for part in text.split("\n\n")[1:] if not part.startswith(_NO_WORDS)]
    words = " ".join(paragraphs[0].split()) if paragraphs else ""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", words).replace("**", "")
    return re.split(r"(?<=[.?]) ", plain, maxsplit=1)[0]


def _put(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
