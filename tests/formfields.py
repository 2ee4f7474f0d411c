"""What a browser would send of the forms in a page: the fields with their values."""

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict

__all__ = ["fields_of"]


def fields_of(html: str) -> "MultiDict[str, str]":
    """Return the fields that a browser would send, buttons left out."""
    reader = _Reader()
    reader.feed(html)
    return MultiDict(reader.fields)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._textarea: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "input" and has.get("name"):
            ticked = has.get("type") not in ("checkbox", "radio") or "checked" in has
            if ticked:
                self.fields.append((has["name"], has.get("value", "")))
        elif tag == "select":
            self._select, self._options = has.get("name", ""), []
        elif tag == "option":
            self._options.append((has.get("value", ""), "selected" in has))
        elif tag == "textarea":
            self._textarea, self._text = has.get("name", ""), ""

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._options:
            chosen = [value for value, selected in self._options if selected]
            self.fields.append((self._select, (chosen or [self._options[0][0]])[0]))
        elif tag == "textarea" and self._textarea is not None:
            self.fields.append((self._textarea, self._text.removeprefix("\n")))
            self._textarea = None
