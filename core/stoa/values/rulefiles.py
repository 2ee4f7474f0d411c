"""Files of rules: what somebody writes by hand or keeps in a folder, a rule a file.

    {"kind": "segment", "code": "regulars", "note": "#114", "document": {…}}

The document is read by its kind's own reader; here it is only JSON without doubt: no name twice,
no number that is not whole.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from stoa.values.conditions import WrongRuleError

__all__ = ["RuleFile", "read_rule_file"]

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_NAMES = ("kind", "code", "document", "note")
_MOST_NOTE = 500


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule as its file says it; `note` is kept with the version."""

    kind: str
    code: str
    document: Mapping[str, Any]
    note: str = ""

    @property
    def place(self) -> str:
        """What it is called in front of its mistakes: ``campaign/weekend``."""
        return f"{self.kind}/{self.code}"


def read_rule_file(text: str, *, kinds: tuple[str, ...]) -> RuleFile:
    """Read a file of a rule.

    Args:
        kinds: those there are.

    Raises:
        WrongRuleError: it is no JSON, or not of this shape; every mistake is named with its place.
    """
    try:
        found = json.loads(
            text, object_pairs_hook=_unique, parse_float=_fraction, parse_constant=_fraction
        )
    except json.JSONDecodeError as wrong:
        place = f"line {wrong.lineno}, column {wrong.colno}"
        raise WrongRuleError({place: [f"{wrong.msg}."]}) from None
    except RecursionError:
        raise WrongRuleError({"": ["The file is nested too deeply."]}) from None
    if not isinstance(found, dict):
        raise WrongRuleError({"": [f"Write one object with {', '.join(_NAMES)}."]})
    errors = {name: ["There is no such name."] for name in found if name not in _NAMES}
    if found.get("kind") not in kinds:
        errors["kind"] = [f"Write one of {', '.join(kinds)}."]
    if not isinstance(found.get("code"), str) or not _CODE.fullmatch(found["code"]):
        errors["code"] = ["Write a code of small letters, digits, - and _."]
    if not isinstance(found.get("document"), dict):
        errors["document"] = ["Write the rule's document: an object."]
    note = found.get("note", "")
    if not isinstance(note, str) or len(note) > _MOST_NOTE:
        errors["note"] = [f"Write a text of at most {_MOST_NOTE} characters."]
    if errors:
        raise WrongRuleError(errors)
    return RuleFile(found["kind"], found["code"], found["document"], note)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise WrongRuleError({name: ["The name is written twice."] for name in twice})
    return found


def _fraction(text: str) -> NoReturn:
    raise WrongRuleError(
        {text: ["Numbers of a rule are whole: money in cents, shares in percent."]}
    )
