"""Markdown as pages: anchors as GitHub makes them, links followed, code in colours by classes.

Raw HTML in a source is shown as text, so that what is written here can only be what was meant.
"""

import posixpath
import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from stoa.portal.pages import Heading, Page

__all__ = ["anchor_of", "colour", "render"]

_LINES: Any = HtmlFormatter(nowrap=True)
_DROPPED = re.compile(r"[^\w\- ]")


def anchor_of(title: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    return _DROPPED.sub("", title.strip().lower()).replace(" ", "-")


def colour(code: str, language: str) -> str:
    """Return code as HTML with a class for each kind of word; unknown languages stay plain."""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return escape(code)
    return str(highlight(code, lexer, _LINES))


def render(
    text: str, *, name: str, path: str, group: str, find: Callable[[str], str | None]
) -> Page:
    """Return the page of a Markdown text.

    Args:
        name: where the text is in the source tree; relative links start there.
        path: of the page.
        group: of the page.
        find: tells the address of another file of the source tree, or ``None``.
    """
    links: list[str] = []
    broken: list[str] = []

    def follow(target: str) -> str:
        if re.match(r"[a-z]+:", target) or target.startswith("//"):
            return target
        file, mark, anchor = target.partition("#")
        if not file:
            found: str | None = path
        elif file.startswith("/"):
            found = find(file) or file
        else:
            found = find(posixpath.normpath(posixpath.join(posixpath.dirname(name), file)))
        if found is None:
            broken.append(target)
            return "#"
        links.append(f"{found}{mark}{anchor}")
        return links[-1] if file else f"#{anchor}"

    reader = MarkdownIt("commonmark", {"html": False, "highlight": _fence}).enable("table")
    tokens = reader.parse(text)
    headings = _headings(tokens)
    _lead(tokens, follow)
    body = reader.renderer.render(_framed(tokens), reader.options, {})
    title = headings[0].title if headings else name
    return Page(path, title, body, headings, group, tuple(links), tuple(broken))


def _lead(tokens: Sequence[Token], follow: Callable[[str], str]) -> None:
    """Let links and pictures lead to where `follow` says."""
    for inner in (each for token in tokens for each in token.children or ()):
        for attribute in ("href", "src"):
            if attribute in inner.attrs:
                inner.attrs[attribute] = follow(str(inner.attrs[attribute]))
        if inner.type == "image":
            inner.attrs["loading"] = "lazy"


def _fence(code: str, language: str, _: str) -> str:
    """Return a block of code that can be scrolled by the keyboard."""
    label = f' aria-label="{escape(language)}"' if language else ' aria-label="code"'
    kind = f' class="language-{escape(language)}"' if language else ""
    return (
        f'<pre tabindex="0" role="group"{label}><code{kind}>{colour(code, language)}</code></pre>'
    )


def _headings(tokens: Sequence[Token]) -> tuple[Heading, ...]:
    """Give each heading its anchor, and return them with the words below each."""
    seen: dict[str, int] = {}
    found: list[tuple[int, str, str, list[str]]] = []
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            title = _words(tokens[number + 1])
            anchor = anchor_of(title)
            count = seen.get(anchor, 0)
            seen[anchor] = count + 1
            token.attrs["id"] = anchor = f"{anchor}-{count}" if count else anchor
            found.append((int(token.tag[1]), anchor, title, []))
        elif found and token.type in ("inline", "fence") and not _of_heading(tokens, number):
            found[-1][3].append(_words(token) if token.type == "inline" else token.content)
    return tuple(Heading(*each[:3], " ".join(each[3])) for each in found)


def _of_heading(tokens: Sequence[Token], number: int) -> bool:
    return number > 0 and tokens[number - 1].type == "heading_open"


def _words(token: Token) -> str:
    kinds = ("text", "code_inline")
    parts = [" " if each.type == "softbreak" else each.content for each in token.children or ()
             if each.type in (*kinds, "softbreak")]  # fmt: skip
    return "".join(parts)


def _framed(tokens: Sequence[Token]) -> list[Token]:
    """Let wide tables scroll by themselves, and each heading lead to itself."""
    framed: list[Token] = []
    for number, token in enumerate(tokens):
        if token.type == "table_open":
            framed.append(_raw('<div class="wide" tabindex="0" role="group" aria-label="table">'))
        if token.type == "heading_close" and token.tag != "h1":
            anchor = str(next(
                each.attrs["id"] for each in reversed(tokens[:number])
                if each.type == "heading_open"
            ))  # fmt: skip
            framed.append(_raw(f' <a class="here" href="#{escape(anchor)}" aria-hidden="true"'
                               ' tabindex="-1">#</a>'))  # fmt: skip
        framed.append(token)
        if token.type == "table_close":
            framed.append(_raw("</div>"))
    return framed


def _raw(html: str) -> Token:
    """Return a token of our own HTML; what a source says never becomes one."""
    return Token("html_block", "", 0, content=html)
