"""The room of imports: hand a file in, say what its columns are, try it, import it, look back."""

import csv
import io
from contextlib import closing
from uuid import UUID

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import rosters, uploads
from stoa.services.uploads import MOST_BYTES, Upload
from stoa.values.identifiers import public_id, uuid_of
from stoa_admin.confirming import confirmed
from stoa_admin.front import id_of, open_work, to
from stoa_admin.imports import forms, words
from stoa_admin.language import gettext
from stoa_admin.room import Room, takes

__all__ = ["cancel", "carry_out", "doors", "hand_in", "map_columns", "page", "show", "wrong_rows"]

doors = Room("imports", __name__, reads="imports.read", changes="imports.change")

_PAGE = 20
_SHOWN = 50
_ROOM_BYTES = 64 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@doors.get("/imports")
def page() -> str:
    """List the imports, and take another file."""
    return _page("")


@doors.post("/imports")
@takes(MOST_BYTES + _ROOM_BYTES)
def hand_in() -> Response:
    """Take a file; the next page asks what its columns are."""
    kind = request.form.get("kind", "")
    file = request.files.get("file")
    if kind not in words.KINDS or file is None or not file.filename:
        return make_response(_page("file", kind=kind), 422)
    with closing(file):
        raw = file.stream.read()
    try:
        with open_work() as work:
            given = {
                "zone": work.programme.zone,
                "currency": work.programme.money_currency,
                "points_currency": work.programme.currency,
                "member_kind": "card",
                "time_format": "iso",
            }
            found = uploads.hand_in(work, kind, file.filename, raw, given=given)
    except InvalidBodyError as refused:
        word = str(refused.members["errors"]["file"][0])
        return make_response(_page(word, kind=kind), 422)
    return to("imports.show", upload=public_id("upl", found))


@doors.get("/imports/<upload>")
def show(upload: str) -> str:
    """Show one import: its columns, how far it is, what became of its lines."""
    return _show(_find(upload), {})


@doors.post("/imports/<upload>")
def map_columns(upload: str) -> Response:
    """Keep what was said about the columns; try the file where nothing is wrong with that."""
    found = _find(upload)
    with open_work() as work:
        sheet = uploads.sheet_of(work, found.id)
        chosen = uploads.mappings(work, found.kind).get(request.form.get("kept", ""))
    if sheet is None:
        flash(gettext("The file was wiped; hand it in again."), "danger")
        return to("imports.show", upload=upload)
    given = forms.read(request.form, found.kind, sheet.columns)
    deed = request.form.get("do", "")
    errors: dict[str, str] = {}
    if deed == "use" and chosen is not None:
        given = forms.read(chosen, found.kind, sheet.columns)
    elif deed != "look":
        errors = forms.wrong_of(given, found.kind, sheet.columns)
    keep_as = " ".join(request.form.get("keep_as", "").split())
    try:
        with open_work() as work:
            uploads.tell(work, found.id, given)
            if deed == "try" and not errors:
                if keep_as:
                    uploads.keep_mapping(work, found.kind, keep_as, given)
                uploads.queue(work, found.id, dry_run=True)
    except InvalidBodyError as refused:
        if "keep_as" not in refused.members["errors"]:
            flash(gettext("The import is under way, or over."), "danger")
            return to("imports.show", upload=upload)
        errors["keep_as"] = gettext("Write a name of 1 to 80 characters.")
    if errors:
        return make_response(_show(_find(upload), errors), 422)
    return to("imports.show", upload=upload)


@doors.post("/imports/<upload>/import")
@confirmed
def carry_out(upload: str) -> Response:
    """Let the worker import a file that was tried, or go on with one that was stopped."""
    found = _find(upload)
    told = gettext("Try the file first; or the import is under way already.")
    if found.rehearsal is None:
        flash(told, "danger")
        return to("imports.show", upload=upload)
    try:
        with open_work() as work:
            uploads.queue(work, found.id, dry_run=False)
    except InvalidBodyError:
        flash(told, "danger")
    else:
        flash(gettext("The worker imports the file; you may leave this page."), "success")
    return to("imports.show", upload=upload)


@doors.post("/imports/<upload>/cancel")
def cancel(upload: str) -> Response:
    """Ask the worker to stop."""
    found = _find(upload)
    try:
        with open_work() as work:
            uploads.cancel(work, found.id)
    except InvalidBodyError:
        flash(gettext("The import is over already."), "danger")
    else:
        flash(gettext("The worker stops at the next step; parts that are posted stay."), "success")
    return to("imports.show", upload=upload)


@doors.get("/imports/<upload>/wrong.csv")
def wrong_rows(upload: str) -> Response:
    """Return the lines that were not taken, as they were, with what is wrong and what to do."""
    found = _find(upload)
    with open_work() as work:
        rows = uploads.wrong_rows(work, found.id, limit=1_000_000)
        content = uploads.content_of(work, found.id)
    wanted = {row.line for row in rows}
    header: list[str] = []
    cells: dict[int, list[str]] = {}
    for number, texts in uploads.rows_of(content):
        header = header or texts
        if number in wanted:
            cells[number] = texts
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    told = ["stoa_line", "stoa_column", "stoa_code", "stoa_wrong", "stoa_do"]
    writer.writerow([*map(_plain, header), *told])
    for row in rows:
        column = words.column_of(row.code, found.given, found.kind)
        row_cells = (cells.get(row.line, []) + [""] * len(header))[: len(header)]
        why = [str(row.line), column, row.code, row.detail, words.remedy(row.code)]
        writer.writerow(map(_plain, [*row_cells, *why]))
    answer = Response("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{upload}-wrong.csv"'
    return answer


def _page(wrong: str, *, kind: str = "") -> str:
    with open_work() as work:
        before = uuid_of("upl", request.args.get("before", ""))
        found = uploads.page(work, before=before, limit=_PAGE + 1)
        names = rosters.staff_names(work)
    reason = words.FILES[wrong if wrong in words.FILES else ""] if wrong else ""
    return render_template(
        "admin/imports/list.html",
        found=found[:_PAGE],
        older=len(found) > _PAGE,
        names=names,
        kind=kind or "purchases",
        kinds=words.KINDS,
        wrong=gettext(reason) if reason else "",
        most_mib=MOST_BYTES // 1024**2,
    )


def _show(found: Upload, errors: dict[str, str]) -> str:
    with open_work() as work:
        sheet = uploads.sheet_of(work, found.id) if not found.under_way else None
        wrong = uploads.wrong_rows(work, found.id, limit=_SHOWN)
        counts = uploads.wrong_counts(work, found.id)
        before = uploads.earlier(work, found)
        kept = uploads.mappings(work, found.kind)
        choices = forms.choices_of(work)
        names = rosters.staff_names(work)
    columns = sheet.columns if sheet else ()
    return render_template(
        "admin/imports/show.html",
        upload=found,
        address=public_id("upl", found.id),
        sheet=sheet,
        fields=uploads.FIELDS[found.kind],
        names=words.FIELDS,
        errors=errors or forms.in_form(found.errors),
        broken=found.errors.get("", []),
        wrong=wrong,
        wrong_counts=counts,
        before=before,
        staff=names,
        kept=kept,
        columns=[("", gettext("– none –")), *((each, each) for each in columns)],
        stores=[("", gettext("the store that the column names")), *choices.stores.items()],
        points=[(code, code) for code in choices.points],
        time_words=[(each, forms.spoken(each)) for each in forms.TIMES],
        member_words=[(value, gettext(text)) for value, text in forms.KINDS_OF_MEMBER.items()],
        kinds=words.KINDS,
        steps=words.STEPS,
        counted=words.COUNTS,
        title_of=words.title,
        remedy=words.remedy,
        column_of=lambda code: words.column_of(code, found.given, found.kind),
    )


def _find(upload: str) -> Upload:
    upload_id: UUID = id_of("upl", upload)
    with open_work() as work:
        found = uploads.find(work, upload_id)
    if found is None:
        abort(404)
    return found


def _plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
