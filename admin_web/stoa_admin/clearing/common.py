"""What the pages of clearing share: parties by name, money in words, papers handed over."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from flask import abort, flash, make_response
from werkzeug import Response

from stoa.services import papers, rosters
from stoa.services.papers import Paper, PdfUnavailableError
from stoa.values.amounts import Money
from stoa.values.clearing.lines import Line
from stoa.values.clearing.money import stated
from stoa.values.clearing.wording import LINES
from stoa.values.sheets import Sheet
from stoa.work import Work, alliance_wide
from stoa_admin.front import front, person
from stoa_admin.language import gettext, language

__all__ = [
    "Parties",
    "day_in",
    "exact",
    "handed",
    "line_name",
    "now",
    "parties",
    "period_in",
    "points_currency",
    "tag",
    "written",
]

_PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_TAGS = {"en": "en", "zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}


class Parties:
    """Partners by id and by code, as whoever looks may know them: a partner knows codes alone."""

    def __init__(self, known: Mapping[UUID, tuple[str, str]]) -> None:
        """Take the code and the name of each partner."""
        self._known = known
        self._ids = {code: each for each, (code, _) in known.items()}

    def name(self, party: UUID | None) -> str:
        """Return what a party is called."""
        if party is None:
            return gettext("Operator")
        code, name = self._known.get(party, ("", ""))
        mine = person().partner_id
        return name if mine is None or mine == party else code

    def called(self, code: str) -> str:
        """Return what the party of a code is called; no code is the operator's."""
        return self.name(self._ids[code]) if code in self._ids else code or self.name(None)

    def id_of(self, code: str) -> UUID | None:
        """Return the id of a code; ``None`` for the operator's."""
        return self._ids.get(code)

    def code(self, party: UUID | None) -> str:
        """Return the code of a partner."""
        return "" if party is None else self._known.get(party, ("", ""))[0]

    def listed(self) -> list[tuple[str, str]]:
        """Return codes and names of all that may be chosen, by name."""
        return sorted(self._known.values(), key=lambda each: each[1])


@alliance_wide  # statements name the codes of partners across; their names stay with the operator
def parties(work: Work) -> Parties:
    """Return the partners of the alliance."""
    return Parties({each.id: (each.code, each.name) for each in rosters.find_partners(work)})


def points_currency() -> str:
    """Return the points that are cleared."""
    return front().desk.programme.currency


def tag() -> str:
    """Return the reader's language as papers name it."""
    return _TAGS[language()]


def line_name(line: str) -> str:
    """Return what a line of a statement is called."""
    names = LINES[tag()]
    others = {
        "expired": gettext("Expired"), "moved": gettext("Moved between wallets"),
        "debt": gettext("Debt"), "revenue": gettext("Revenue"), "rounding": gettext("Rounding"),
    }  # fmt: skip
    return names.get(Line(line)) or others.get(line, line)


def exact(amount: Decimal, currency: str) -> Money:
    """Return an exact amount as money, rounded once."""
    return stated([amount], currency)


def period_in(text: str) -> str:
    """Return a period of an address; whatever is none is answered with 404."""
    if not _PERIOD.fullmatch(text):
        abort(404)
    return text


def day_in(text: str) -> date | None:
    """Return a typed day; ``None`` for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def handed(paper: Paper) -> Response:
    """Hand a file over as a download."""
    answer = make_response(paper.content)
    answer.headers["Content-Type"] = paper.media_type
    answer.headers["Content-Disposition"] = f'attachment; filename="{paper.name}"'
    return answer


def written(sheet: Sheet, kind: str, *, back: Response) -> Response:
    """Hand a sheet over as ``csv``, ``xlsx`` or ``pdf``, or lead back where that can't be drawn."""
    if kind not in papers.FORMATS:
        abort(404)
    try:
        return handed(papers.write(sheet, kind))
    except PdfUnavailableError:
        flash(gettext("This machine can't draw PDFs; take the workbook."), "danger")
        return back


def now() -> datetime:
    """Return the time of the installation."""
    return front().desk.clock()
