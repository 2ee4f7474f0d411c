"""What the fields of an import are called, and what to do about a line that was not taken."""

from collections.abc import Mapping
from types import MappingProxyType

from stoa_admin.language import gettext, noted

__all__ = ["COUNTS", "FIELDS", "FILES", "KINDS", "STEPS", "column_of", "remedy", "title"]

KINDS: Mapping[str, str] = MappingProxyType(
    {"purchases": noted("Past purchases and returns"), "openings": noted("Opening balances")}
)
"""What is imported."""

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "receipt": noted("Receipt number"),
        "occurred_at": noted("Time of the purchase"),
        "member": noted("Member"),
        "article": noted("Article"),
        "quantity": noted("Quantity"),
        "price": noted("Price"),
        "shop": noted("Store"),
        "category": noted("Category"),
        "unit": noted("Unit"),
        "terminal": noted("Till"),
        "value": noted("Member"),
        "points": noted("Points"),
        "kind": noted("Kind of identifier"),
        "expires_on": noted("Last day of the points"),
        "earned_on": noted("Day they were earned"),
        "reference": noted("Reference"),
        "partner": noted("Partner"),
    }
)
"""What a column may hold."""

FILES: Mapping[str, str] = MappingProxyType(
    {
        "": noted("Choose a file."),
        "empty": noted("The file has no lines besides its first."),
        "size": noted(
            "The file is larger than 16 MiB. Cut it between"
            " receipts, or import it by the command line."
        ),
        "packed": noted("This is a workbook or a packed file. Save it as CSV (UTF-8) first."),
        "text": noted("The file is no text. Save it as CSV (UTF-8)."),
        "json": noted("Each line of a .ndjson file is one JSON object."),
        "columns": noted("The first line has to name the columns, 200 at most."),
        "same": noted("Two columns have the same name; give each a name of its own."),
    }
)  # fmt: skip
"""Why a file is not taken."""

STEPS: Mapping[str, str] = MappingProxyType(
    {
        "": noted("Waiting for a worker"),
        "reading": noted("Reading the file"),
        "posting": noted("Posting"),
    }
)
"""What the worker is at."""

COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "earned": noted("on purchases that were kept"),
        "returned": noted("took back an earlier purchase"),
        "opened": noted("opened points"),
        "already_known": noted("known already: nothing is done twice"),
        "unmatched_return": noted("returns that found no purchase"),
        "no_member": noted("without a member"),
        "non_article": noted("with no article"),
        "rejected": noted("not taken"),
    }
)
"""What becomes of a line."""

_TITLES = {
    "UNREADABLE": noted("The line has other columns than the first one"),
    "INVALID_RECEIPT": noted("The receipt number is empty or odd"),
    "INVALID_ARTICLE": noted("The article is empty or odd"),
    "INVALID_UNIT": noted("The unit is odd"),
    "INVALID_TEXT": noted("A text has odd or too many characters"),
    "INVALID_MEMBER": noted("This is no such identifier"),
    "INVALID_QUANTITY": noted("This is no quantity"),
    "ZERO_QUANTITY": noted("The quantity is zero"),
    "NEGATIVE_QUANTITY": noted("The quantity is below zero"),
    "INVALID_PRICE": noted("This is no price"),
    "NEGATIVE_PRICE": noted("The price is below zero"),
    "AMOUNT_TOO_LARGE": noted("The amount is too large"),
    "INVALID_AMOUNT": noted("This is no number of points"),
    "INVALID_TIME": noted("This is no such time"),
    "OCCURS_IN_FUTURE": noted("It lies in the future"),
    "EXPIRED": noted("The points have ended already"),
    "STORE_UNKNOWN": noted("No store is meant by this"),
    "MEMBER_UNKNOWN": noted("Nobody has this identifier"),
    "MEMBER_FROZEN": noted("The membership is frozen"),
    "PARTNER_UNKNOWN": noted("There is no such partner"),
    "PARTNER_SUSPENDED": noted("The partner is suspended"),
    "PURCHASE_REFUSED": noted("The partner's plugin refuses this purchase"),
    "CURRENCY_NOT_IMPORTED": noted("The partner issues points of its own"),
    "RECEIPT_ALREADY_CLAIMED": noted("Another member has this receipt"),
    "BALANCE_LIMIT": noted("The wallet would pass its limit"),
    "RETURN_UNMATCHED": noted("No purchase is left to take back"),
    "RETURN_PARTLY_UNMATCHED": noted("Only a part was found to take back"),
}
_CELL = noted("Mend the cell and hand the bad rows in again.")
_COLUMN = noted("Look whether the right column was chosen; else mend the cell.")
_REMEDIES = {
    "UNREADABLE": noted("Quote cells that hold the delimiter, then hand the bad rows in again."),
    "INVALID_MEMBER": noted(
        "Choose what the member column holds;"
        " phone numbers need their country code."
    ),
    "INVALID_TIME": noted("Choose how times are written, or mend the cell."),
    "INVALID_PRICE": _COLUMN,
    "INVALID_QUANTITY": _COLUMN,
    "INVALID_AMOUNT": _COLUMN,
    "STORE_UNKNOWN": noted(
        "Choose one store for the whole file, or"
        " write partner/store into the column."
    ),
    "MEMBER_UNKNOWN": noted(
        "Enrol the member first, or let the"
        " import enrol whom it does not know."
    ),
    "MEMBER_FROZEN": noted("Thaw the member if that is right, then hand the bad rows in again."),
    "PARTNER_SUSPENDED": noted("Reinstate the partner first."),
    "PARTNER_UNKNOWN": noted("Write the partner's code, as its page shows it."),
    "PURCHASE_REFUSED": noted("Nothing: the partner's rules exclude it."),
    "CURRENCY_NOT_IMPORTED": noted("Nothing: such points are not imported."),
    "RECEIPT_ALREADY_CLAIMED": noted(
        "Find out whose receipt it is; correct"
        " the number or the member."
    ),
    "EXPIRED": noted("Leave the line out, or agree on another last day."),
    "RETURN_UNMATCHED": noted("Import the purchase first, then the return again."),
    "RETURN_PARTLY_UNMATCHED": noted("Look for the missing purchase; the rest was taken back."),
}  # fmt: skip
_COLUMNS = {
    "INVALID_RECEIPT": "receipt",
    "INVALID_ARTICLE": "article",
    "INVALID_UNIT": "unit",
    "INVALID_QUANTITY": "quantity",
    "ZERO_QUANTITY": "quantity",
    "NEGATIVE_QUANTITY": "quantity",
    "AMOUNT_TOO_LARGE": "quantity",
    "INVALID_PRICE": "price",
    "NEGATIVE_PRICE": "price",
    "STORE_UNKNOWN": "shop",
    "RECEIPT_ALREADY_CLAIMED": "receipt",
    "RETURN_UNMATCHED": "article",
    "RETURN_PARTLY_UNMATCHED": "article",
    "INVALID_AMOUNT": "points",
    "PARTNER_UNKNOWN": "partner",
    "INVALID_TEXT": "reference",
    "EXPIRED": "expires_on",
}


def title(code: str) -> str:
    """Return what is wrong with a line, in words."""
    return gettext(_TITLES[code]) if code in _TITLES else code.replace("_", " ").capitalize()


def remedy(code: str) -> str:
    """Return what to do about a line that was not taken."""
    return gettext(_REMEDIES.get(code, _CELL))


def column_of(code: str, given: Mapping[str, str], kind: str) -> str:
    """Return the column of the file that a line was not taken for; empty for the whole line."""
    field = _COLUMNS.get(code, "")
    if code in ("INVALID_MEMBER", "MEMBER_UNKNOWN", "MEMBER_FROZEN"):
        field = "member" if kind == "purchases" else "value"
    elif code in ("INVALID_TIME", "OCCURS_IN_FUTURE"):
        field = "occurred_at" if kind == "purchases" else "expires_on"
        if code == "OCCURS_IN_FUTURE" and kind == "openings":
            field = "earned_on"
    return given.get(field, "")
