"""The form of the mapping wizard: what it asks, what it was told, what is wrong with that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stoa.services import partners, rosters, uploads
from stoa.values.sections import InvalidDocumentError
from stoa.work import Work
from stoa_admin.language import gettext, noted

__all__ = [
    "KINDS_OF_MEMBER",
    "SAID",
    "TIMES",
    "Choices",
    "choices_of",
    "in_form",
    "read",
    "spoken",
    "wrong_of",
]

SAID = (
    "price_is", "store", "time_format", "zone", "currency", "member_kind", "enrol",
    "receipt_prefix", "tell", "points_currency",
)  # fmt: skip
"""What the form asks besides the columns."""

TIMES = (
    "iso", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M",
)  # fmt: skip
"""How times may be written."""

KINDS_OF_MEMBER = {
    "card": noted("card number"),
    "phone": noted("phone number"),
    "email": noted("e-mail address"),
    "partner_ref": noted("your own number"),
}
"""What the column of the member holds."""

_MOST = 200


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen: stores as ``partner/store`` with their names, points by code."""

    stores: dict[str, str] = field(default_factory=dict)
    points: tuple[str, ...] = ()


def choices_of(work: Work) -> Choices:
    """Return the stores and the points there are."""
    stores: dict[str, str] = {}
    for line in rosters.find_partners(work):
        terms = partners.terms(work, line.id, version=line.version)
        for store in sorted({each.id: each for each in terms.stores.values()}.values(), key=_name):
            stores[f"{line.code}/{store.code}"] = f"{line.name} · {store.name}"
    return Choices(stores, (work.programme.currency,))


def _name(store: partners.StoreTerms) -> str:
    return store.name.casefold()


def read(form: Mapping[str, str], kind: str, columns: Sequence[str]) -> dict[str, str]:
    """Return what a form was told; columns that the file has not are left out."""
    given: dict[str, str] = {}
    for name, _ in uploads.FIELDS[kind]:
        column = form.get(name, "")
        given[name] = column if column in columns else ""
    for name in SAID:
        given[name] = form.get(name, "").strip()[:_MOST]
    return given


def spoken(time_format: str) -> str:
    """Return an example of how times are written."""
    if time_format == "iso":
        return "2026-05-31T18:05 (ISO 8601)"
    return datetime(2026, 5, 31, 18, 5, tzinfo=UTC).strftime(time_format)


def wrong_of(given: Mapping[str, str], kind: str, columns: Sequence[str]) -> dict[str, str]:
    """Return what is wrong with what a form was told, by field."""
    errors: dict[str, str] = {}
    for name, needed in uploads.FIELDS[kind]:
        if needed and not given.get(name):
            errors[name] = gettext("Choose the column.")
    used = [column for column in uploads.columns_of(given, kind).values() if column]
    for name, column in uploads.columns_of(given, kind).items():
        if used.count(column) > 1:
            errors[name] = gettext("This column is chosen twice.")
    if kind == "openings":
        return errors
    if not given.get("shop") and not given.get("store"):
        errors["store"] = gettext("Choose a store, or the column that names it.")
    if not errors:
        try:
            uploads.fitted(given, columns)
        except InvalidDocumentError as refused:
            errors |= in_form(refused.errors)
    return errors


_PLACES = {"shops": "store", "columns.shop": "shop", "columns.unit_price": "price"}


def in_form(errors: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the errors of a mapping by the fields of the form."""
    found: dict[str, str] = {}
    for path, texts in errors.items():
        head = path.partition(".")[0]
        name = _PLACES.get(path) or _PLACES.get(head) or path.rpartition(".")[2]
        name = "time_format" if path == "time.format" else name
        found[name] = " ".join(texts)
    return found
