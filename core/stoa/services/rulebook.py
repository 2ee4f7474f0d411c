"""The rulebook: the alliance's rules as documents, saved in versions, holding from an instant on.

Every change of what holds makes a new book of all that holds together (#143), from a while ahead:
nobody changes a rule and profits from it at once (FRD-15). A purchase names the book by which it
was reckoned; books, like versions, are never changed, so that it can be reckoned again.

This room knows nothing of what the documents say: each kind has a reader and deeds of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select

from stoa.errors import FourEyesError, RuleStateError, RuleUnknownError
from stoa.models.rules import KINDS, Rule, Rulebook, RuleVersion
from stoa.services import audit
from stoa.work import Work

__all__ = [
    "KINDS",
    "Book",
    "Kept",
    "RuleLine",
    "activate",
    "at",
    "check_eyes",
    "current",
    "document",
    "end",
    "find",
    "listed",
    "pause",
    "resume",
    "save",
    "versions",
]

_LOCK = 5707
_MOST_BOOKS = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """A version of a rule's document as it was saved."""

    code: str
    version: int
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Book:
    """All rules that hold together; immutable, so it may be remembered, by its `version`.

    Attributes:
        version: grows with every change; 0 is the empty book of before the first.
        effective_at: from when on it holds; ``None`` for the empty one.
        documents: by kind, then by code.
    """

    version: int
    effective_at: datetime | None
    documents: Mapping[str, Mapping[str, Kept]]

    def of(self, kind: str) -> Mapping[str, Kept]:
        """Return the rules of a kind by their codes, in the order of the codes."""
        return self.documents.get(kind, MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as a list shows it.

    Attributes:
        state: ``draft``, ``active``, ``paused`` or ``ended``.
        version: the one that holds, or held last; ``None`` for a draft.
        latest: the one saved last.
        document: of the latest version.
    """

    kind: str
    code: str
    state: str
    version: int | None
    latest: int
    document: Mapping[str, Any]
    saved_at: datetime
    saved_by: str
    note: str


_EMPTY = Book(0, None, MappingProxyType({}))


def save(work: Work, kind: str, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a document as the next version of a rule; what holds stays as it is.

    The document was read by its kind before; saving the latest one again makes no version.

    Returns:
        The version.
    """
    _lock(work)
    rule = work.session.get(Rule, (kind, code))
    if rule is None:
        rule = Rule(kind=kind, code=code, state="draft", version=None, latest=0)
        work.session.add(rule)
    elif dict(_version(work, kind, code, rule.latest).document) == document:
        return rule.latest
    rule.latest += 1
    work.session.add(
        RuleVersion(
            kind=kind, code=code, version=rule.latest, document=dict(document), note=note,
            saved_at=work.now(), saved_by=work.actor.name,
        )
    )  # fmt: skip
    work.session.flush()
    audit.record(work, f"{kind}.save", f"{kind}/{code}", after={"version": rule.latest})
    return rule.latest


def activate(work: Work, kind: str, code: str, version: int | None = None) -> Book:
    """Let a version hold, the latest by default, from `rule_delay_s` on; return its book.

    Raises:
        RuleUnknownError: there is no such rule or version.
        RuleStateError: the rule has ended.
    """
    _lock(work)
    rule = _rule(work, kind, code)
    if rule.state == "ended":
        raise RuleStateError(state=rule.state)
    chosen = _version(work, kind, code, version or rule.latest).version
    before = {"state": rule.state, "version": rule.version}
    rule.state, rule.version = "active", chosen
    return _bind(work, rule, "activate", before)


def check_eyes(work: Work, kind: str, code: str, version: int) -> None:
    """Refuse to let whoever saved a large budget let it hold too.

    Raises:
        RuleUnknownError: there is no such rule or version.
        FourEyesError: the version's `budget_points` are above `Programme.budget_limit`, and the
            actor is no person of the staff, or the one who saved it.
    """
    kept = _version(work, kind, code, version)
    limit = work.programme.budget_limit
    if (kept.document.get("budget_points") or 0) <= limit:
        return
    if kept.saved_by == work.actor.name or not work.actor.is_operators_person:
        raise FourEyesError(
            f"A budget above {limit} points needs another person than the one who saved it."
        )


def pause(work: Work, kind: str, code: str) -> Book:
    """Let an active rule rest; return the book without it.

    Raises:
        RuleUnknownError: there is no such rule.
        RuleStateError: it is not active.
    """
    return _move(work, kind, code, of="active", to="paused")


def resume(work: Work, kind: str, code: str) -> Book:
    """Let a paused rule hold again, by the version that held; return its book.

    Raises:
        RuleUnknownError: there is no such rule.
        RuleStateError: it is not paused.
    """
    return _move(work, kind, code, of="paused", to="active")


def end(work: Work, kind: str, code: str) -> Book:
    """End a rule for ever; return the book without it.

    Raises:
        RuleUnknownError: there is no such rule.
        RuleStateError: it never held, or has ended.
    """
    state = _rule(work, kind, code).state
    if state not in ("active", "paused"):
        raise RuleStateError(state=state)
    return _move(work, kind, code, of=state, to="ended")


def find(work: Work, kind: str, code: str) -> RuleLine:
    """Return a rule with its latest document.

    Raises:
        RuleUnknownError: there is no such rule.
    """
    rule = _rule(work, kind, code)
    return _line(rule, _version(work, kind, code, rule.latest))


def listed(work: Work, kind: str) -> list[RuleLine]:
    """Return the rules of a kind: those that hold first, then drafts, paused and ended ones."""
    rows = work.session.execute(
        select(Rule, RuleVersion)
        .join(
            RuleVersion,
            (RuleVersion.kind == Rule.kind)
            & (RuleVersion.code == Rule.code)
            & (RuleVersion.version == Rule.latest),
        )
        .where(Rule.kind == kind)
        .order_by(
            func.array_position(["active", "draft", "paused", "ended"], Rule.state), Rule.code
        )
    )
    return [_line(rule, kept) for rule, kept in rows]


def versions(work: Work, kind: str, code: str) -> list[RuleVersion]:
    """Return all versions of a rule, the latest first; empty where there is no such rule."""
    return list(
        work.session.scalars(
            select(RuleVersion)
            .where(RuleVersion.kind == kind, RuleVersion.code == code)
            .order_by(RuleVersion.version.desc())
        )
    )


def document(work: Work, kind: str, code: str, version: int) -> Mapping[str, Any]:
    """Return the document of a version.

    Raises:
        RuleUnknownError: there is no such rule or version.
    """
    return _version(work, kind, code, version).document


_CURRENT = """
SELECT version FROM rulebooks WHERE effective_at <= %(now)s ORDER BY version DESC LIMIT 1
"""
_BOOK = "SELECT version, effective_at, contents FROM rulebooks WHERE version = %(version)s"
_DOCUMENTS = """
SELECT v.kind, v.code, v.version, v.document
  FROM rulebooks b
 CROSS JOIN LATERAL jsonb_each(b.contents) AS k (kind, codes)
 CROSS JOIN LATERAL jsonb_each_text(k.codes) AS c (code, version)
  JOIN rule_versions v ON v.kind = k.kind AND v.code = c.code AND v.version = c.version::int
 WHERE b.version = %(version)s
 ORDER BY v.kind, v.code
"""


def current(work: Work) -> Book:
    """Return the book that holds now: one statement, and the book's where it is not remembered."""
    rows = work.rows(_CURRENT, {"now": work.now()})
    return at(work, rows[0][0] if rows else 0)


def at(work: Work, version: int) -> Book:
    """Return the book of a version, remembered between works.

    Raises:
        RuleUnknownError: there is no such book.
    """
    if version == 0:
        return _EMPTY
    books: dict[int, Book] = work.memo.setdefault("rulebooks", {})
    if version not in books:
        if len(books) >= _MOST_BOOKS:
            books.clear()
        books[version] = _read(work, version)
    return books[version]


def _read(work: Work, version: int) -> Book:
    rows = work.rows(_BOOK, {"version": version})
    if not rows:
        raise RuleUnknownError(f"There is no rulebook {version}.")
    documents: dict[str, dict[str, Kept]] = {}
    for kind, code, number, kept in work.rows(_DOCUMENTS, {"version": version}):
        documents.setdefault(kind, {})[code] = Kept(code, number, MappingProxyType(kept))
    return Book(
        version, rows[0][1],
        MappingProxyType({kind: MappingProxyType(each) for kind, each in documents.items()}),
    )  # fmt: skip


def _bind(work: Work, rule: Rule, deed: str, before: dict[str, Any]) -> Book:
    """Write the next book, of the last one and this rule as it is now."""
    work.session.flush()
    last = work.session.scalars(select(Rulebook).order_by(Rulebook.version.desc()).limit(1)).first()
    contents = {kind: dict(codes) for kind, codes in last.contents.items()} if last else {}
    codes = contents.setdefault(rule.kind, {})
    if rule.state == "active" and rule.version is not None:
        codes[rule.code] = rule.version
    else:
        codes.pop(rule.code, None)
    now = work.now()
    starts = now + timedelta(seconds=work.programme.rule_delay_s)
    book = Rulebook(
        effective_at=max(starts, last.effective_at) if last else starts,
        contents=contents, changed_at=now, changed_by=work.actor.name,
    )  # fmt: skip
    work.session.add(book)
    work.session.flush()
    audit.record(
        work, f"{rule.kind}.{deed}", f"{rule.kind}/{rule.code}", before=before,
        after={"state": rule.state, "version": rule.version, "rulebook": book.version},
    )  # fmt: skip
    return _read(work, book.version)


def _move(work: Work, kind: str, code: str, *, of: str, to: str) -> Book:
    _lock(work)
    rule = _rule(work, kind, code)
    if rule.state != of:
        raise RuleStateError(state=rule.state)
    rule.state = to
    before = {"state": of, "version": rule.version}
    return _bind(work, rule, {"active": "resume", "paused": "pause"}.get(to, "end"), before)


def _lock(work: Work) -> None:
    """Let one person at a time change the rules: books follow each other without a gap."""
    connection = work.session.connection()
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))


def _rule(work: Work, kind: str, code: str) -> Rule:
    rule = work.session.get(Rule, (kind, code))
    if rule is None:
        raise RuleUnknownError
    return rule


def _version(work: Work, kind: str, code: str, version: int) -> RuleVersion:
    kept = work.session.get(RuleVersion, (kind, code, version))
    if kept is None:
        raise RuleUnknownError
    return kept


def _line(rule: Rule, kept: RuleVersion) -> RuleLine:
    return RuleLine(
        rule.kind, rule.code, rule.state, rule.version, rule.latest, kept.document, kept.saved_at,
        kept.saved_by, kept.note,
    )  # fmt: skip
