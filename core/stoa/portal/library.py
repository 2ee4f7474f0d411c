"""Which files become pages of the site, and where: the guides, decisions, problems, examples.

The package carries them below ``library`` as links to the folders of the source tree, which
building a wheel turns into copies.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["HOME", "PROBLEMS", "Source", "address", "changelog", "pictures", "sources"]

HOME = "/developers"
"""Where the site is."""

PROBLEMS = "/problems"
"""Where the problems are; documents of refusals lead there for ever."""

_PACKAGE = Path(__file__).parent
_LIBRARY = _PACKAGE / "library"
_ADR = _PACKAGE.parent / "adr"
_PROBLEM_PAGES = _PACKAGE.parent / "api" / "problem_pages"
_GROUPS = {
    "start": ("quickstart", "sdk", "api", "portal", "sandbox"),
    "connect": (
        *("oauth", "sign-in", "self-service", "webhooks", "batches", "limits", "conformance"),
        *("member-code", "import", "tenancy"),
    ),
    "plugins": ("plugins", "cookbook", "plugin-cookbook"),
    "programme": (
        *("rules", "tiers", "campaigns", "activities", "referrals", "challenges", "draws"),
        *("rewards", "coupons", "benefits", "parking", "explain", "whatif", "clearing"),
    ),
    "operate": ("operations", "cli", "admin"),
    "inside": ("architecture", "transparency", "performance", "trials", "dependencies"),
}
_ELSEWHERE = "connect"
_CATEGORY = re.compile(r"^### (\w+)\n+(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)
_CATEGORIES = ("Security", "Removed", "Deprecated", "Changed", "Fixed", "Added")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that becomes a page.

    Attributes:
        name: its path in the source tree, from which its links are followed: ``docs/sdk.md``.
        path: of its page.
        group: of the navigation; empty where it stands in none.
        file: where it is now.
    """

    name: str
    path: str
    group: str
    file: Path

    def text(self) -> str:
        """Return what it says, in Markdown."""
        text = self.file.read_text("utf-8")
        if self.file.suffix == ".md":
            return text
        return f"# {self.name}\n\n```{self.file.suffix[1:]}\n{text.rstrip()}\n```\n"


@cache
def sources() -> tuple[Source, ...]:
    """Return every file that becomes a page, in the order of the navigation."""
    return (
        *_guides(),
        Source("SECURITY.md", f"{HOME}/security", "operate", _LIBRARY / "SECURITY.md"),
        *(
            Source(f"core/stoa/adr/{file.name}", f"{HOME}/decisions/{file.stem}", "", file)
            for file in sorted(_ADR.glob("*.md"))
        ),
        *_examples(),
        *(
            Source(f"core/stoa/api/problem_pages/{file.name}", f"{PROBLEMS}/{file.stem}", "", file)
            for file in sorted(_PROBLEM_PAGES.glob("*.md"))
        ),
    )


@cache
def pictures() -> dict[str, Path]:
    """Return the pictures of the guides by their address."""
    return {
        f"{HOME}/{folder}/{file.name}": file
        for folder in ("pictures", "screenshots")
        for file in sorted((_LIBRARY / "docs" / folder).iterdir())
        if file.suffix in (".png", ".jpg", ".svg", ".webp")
    }


@cache
def _addresses() -> dict[str, str]:
    known = {source.name: source.path for source in sources()}
    known |= {f"docs/{file.parent.name}/{file.name}": path for path, file in pictures().items()}
    return known | {
        "README.md": f"{HOME}/",
        "CHANGELOG.md": f"{HOME}/changelog",
        "core/stoa/adr": f"{HOME}/decisions",
        "/v1/docs": f"{HOME}/reference",
    }


def address(name: str) -> str | None:
    """Return where a file of the source tree is on the site; ``None`` where it is not there.

    The server's own ``/v1/docs`` is told as the reference, which is on every copy of the site.
    """
    return _addresses().get(name)


def changelog() -> str:
    """Return the changelog, with what is not released yet sorted by its kind."""
    waiting: dict[str, list[str]] = {}
    for file in sorted((_LIBRARY / "changelog").glob("*.md")):
        for category, lines in _CATEGORY.findall(file.read_text("utf-8")):
            waiting.setdefault(category, []).append(lines.strip())
    text = re.sub(r"<!--.*?-->\n?", "", (_LIBRARY / "CHANGELOG.md").read_text("utf-8"))
    if not waiting:
        return text
    head, mark, released = text.partition("\n## ")
    news = [
        f"### {category}\n\n" + "\n".join(waiting[category]) + "\n"
        for category in _CATEGORIES
        if category in waiting
    ]
    return "\n".join([head, "## Not released yet\n", *news]) + mark + released


def _guides() -> Iterator[Source]:
    there = {file.stem: file for file in sorted((_LIBRARY / "docs").glob("*.md"))}
    groups = {stem: group for group, stems in _GROUPS.items() for stem in stems}
    for group, stems in _GROUPS.items():
        strangers = [stem for stem in there if stem not in groups] if group == _ELSEWHERE else []
        for stem in (*stems, *strangers):
            if stem in there:
                yield Source(f"docs/{stem}.md", f"{HOME}/{stem}", group, there[stem])


def _examples() -> Iterator[Source]:
    room = _LIBRARY / "examples"
    for file in sorted((*room.glob("*.py"), *room.glob("*/*.md"), *room.glob("*/*.toml"))):
        name = file.relative_to(room).as_posix()
        path = name.removesuffix("/README.md")
        yield Source(f"examples/{name}", f"{HOME}/examples/{path}", "", file)
