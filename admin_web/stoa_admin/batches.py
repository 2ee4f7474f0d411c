"""A partner's batches: how far each is, and the rows that failed as a table to take away."""

import csv
import io

from flask import abort
from werkzeug import Response

from stoa.errors import BatchUnknownError
from stoa.services import batches, rosters
from stoa_admin.front import id_of, open_work
from stoa_admin.lists import read
from stoa_admin.lists.of_records import BATCHES
from stoa_admin.room import Room

__all__ = ["doors", "failed_rows", "page"]

doors = Room("batches", __name__, reads="batches.read")

_ROWS = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@doors.get("/partners/<partner>/batches")
def page(partner: str) -> str | Response:
    """List the batches of a partner, the latest first."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        listed = read(work, BATCHES, partner_id=partner_id)
    return listed.answer("admin/partner_batches.html", partner=line, tab="batches")


@doors.get("/partners/<partner>/batches/<batch>/failed.csv")
def failed_rows(partner: str, batch: str) -> Response:
    """Return the rows that failed, each with the code and the words of its refusal."""
    partner_id, batch_id = id_of("prt", partner), id_of("bat", batch)
    rows: list[list[object]] = [["row", "kind", "code", "detail", "line"]]
    with open_work() as work:
        try:
            if batches.find(work, batch_id).partner_id != partner_id:
                abort(404)
        except BatchUnknownError:
            abort(404)
        after = 0
        while found := batches.rows(work, batch_id, "failed", after=after, limit=_ROWS):
            for row in found:
                told = row.answer or {}
                texts = (row.kind, str(told.get("code", "")), str(told.get("detail", "")), row.line)
                rows.append([row.row_no, *(_plain(text) for text in texts)])
            after = found[-1].row_no
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    answer = Response(file.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{batch}-failed.csv"'
    return answer


def _plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
