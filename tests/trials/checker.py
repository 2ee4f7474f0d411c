"""The checker: holds a history against the ledger, and recomputes the ledger from its postings.

    acknowledged  exactly one effect, with the amounts of the answer, and the same answer again
    refused       no effect
    unknown       none or one; when a trial ends, nothing may be unknown any more
    otherwise     no effect that nobody asked for
    events        each effect has exactly one in the outbox

An effect is found in two ways, so that a client that lies about its keys is caught as well: by the
key, and by the mark that the client put into the body (a receipt number, a reference, an id).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from stoa.services import invariants
from stoa.values.identifiers import uuid_of
from stoa.work import Actor
from trials.history import Call, Outcome
from trials.town import Person, Town

__all__ = ["Flaw", "Verdict", "check", "check_history"]

_EFFECTS = """
SELECT 'earn', p.receipt_no, p.id, p.total_minor, coalesce(sum(t.points), 0)
  FROM purchases p LEFT JOIN postings t
    ON t.member_id = p.member_id AND t.transaction_id = p.id AND t.account = 'issued'
 WHERE p.member_id = ANY(%(members)s) GROUP BY p.receipt_no, p.id, p.total_minor
UNION ALL
SELECT 'hold', reference, id, points, points FROM holds WHERE member_id = ANY(%(members)s)
UNION ALL
SELECT 'capture', h.id::text, h.id, h.captured, -p.points
  FROM holds h JOIN transactions t ON t.member_id = h.member_id AND t.id = h.id
  JOIN postings p ON p.member_id = t.member_id AND p.transaction_id = t.id
   AND p.account = 'burned'
 WHERE h.member_id = ANY(%(members)s)
UNION ALL
SELECT 'release', id::text, id, points, points FROM holds
 WHERE member_id = ANY(%(members)s) AND state = 'voided'
UNION ALL
SELECT CASE kind WHEN 'void' THEN 'undo' ELSE kind END,
       CASE kind WHEN 'void' THEN t.subject_id::text ELSE t.reference END, t.id,
       coalesce((t.explanation ->> 'clawed_back')::bigint, 0),
       coalesce((SELECT -sum(p.points) FROM postings p WHERE p.member_id = t.member_id
                    AND p.transaction_id = t.id AND p.account = 'issued'), 0)
  FROM transactions t WHERE t.member_id = ANY(%(members)s) AND t.kind IN ('return', 'void')
"""
_KEYS = """
SELECT partner_id::text, key, subject_id, available, pending, held, debt
  FROM keys WHERE member_id = ANY(%(members)s)
"""
_STRAYS = """
SELECT t.kind, t.id FROM transactions t
 WHERE t.member_id = ANY(%(members)s) AND t.kind <> 'expire'
   AND NOT EXISTS (SELECT 1 FROM keys k
        WHERE k.member_id = t.member_id AND k.subject_id = t.id)
"""
_EVENTS = """
WITH events AS (
    SELECT topic,
           coalesce(facts ->> 'redemption', facts ->> 'purchase', member_id::text) AS subject,
           count(*) AS told
      FROM outbox WHERE member_id = ANY(%(members)s) AND topic LIKE 'points.%%' GROUP BY 1, 2
), deeds AS (
    SELECT CASE kind WHEN 'earn' THEN 'points.earned' WHEN 'redeem' THEN 'points.burned'
                WHEN 'expire' THEN 'points.expired' ELSE 'points.clawed_back' END AS topic,
           coalesce(subject_id, member_id) AS subject, count(*) AS done
      FROM transactions WHERE member_id = ANY(%(members)s) GROUP BY 1, 2
    UNION ALL
    SELECT 'points.reserved', id, 1 FROM holds WHERE member_id = ANY(%(members)s)
    UNION ALL
    SELECT 'points.released', id, 1 FROM holds
     WHERE member_id = ANY(%(members)s) AND state IN ('voided', 'expired')
)
SELECT 'event', topic, subject, told FROM events
UNION ALL
SELECT 'deed', topic, subject::text, done FROM deeds
"""


@dataclass(frozen=True)
class Flaw:
    """Something that must not be.

    `kind` is one of: lost, doubled, ghost, changed, unknown, event, ledger, fault, slow, storm,
    error.
    """

    kind: str
    what: str


@dataclass
class Verdict:
    """What the checker found, and how much it looked at."""

    flaws: list[Flaw] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Effect:
    op: str
    mark: str
    id: UUID
    said: int
    """The amount that the deed's own row states."""
    posted: int
    """The amount that its postings moved."""


def check(town: Town, calls: Sequence[Call], people: Sequence[Person]) -> Verdict:
    """Hold a history of these people against their ledger, and the ledger against its postings."""
    verdict = check_history(town, calls, people)
    with town.desk() as desk, desk.work(Actor("trials")) as work:
        for found in invariants.check_invariants(work, limit=10):
            what = f"{found.check}: {found.member_id} {found.detail}"
            verdict.flaws.append(Flaw("ledger", what))
    return verdict


def check_history(town: Town, calls: Sequence[Call], people: Sequence[Person]) -> Verdict:
    """Hold a history of these people against their ledger, key by key and mark by mark."""
    members = {"members": [person.id for person in people]}
    with town.cluster.connect() as connection:
        effects = [_effect(row) for row in connection.execute(_EFFECTS, members)]
        rows: list[Any] = connection.execute(_KEYS, members).fetchall()
        keys: dict[tuple[str, str], Any] = {(row[0], row[1]): row[2:] for row in rows}
        strays = connection.execute(_STRAYS, members).fetchall()
        events = connection.execute(_EVENTS, members).fetchall()
    verdict = Verdict()
    verdict.counts["effects"] = len(effects)
    _check_answers(verdict, calls)
    _check_keys(verdict, calls, keys, {(each.op, each.id): each for each in effects})
    _check_marks(verdict, calls, effects)
    verdict.flaws += [Flaw("ghost", f"{kind} {each} has no key") for kind, each in strays]
    verdict.flaws += _event_flaws(events)
    return verdict


def _check_answers(verdict: Verdict, calls: Sequence[Call]) -> None:
    """What was answered is one thing for each key, and what was done is known in the end."""
    first: dict[tuple[str, str], Call] = {}
    first_answers: Counter[tuple[str, str]] = Counter()
    ended: dict[str, set[Outcome]] = defaultdict(set)
    for call in calls:
        outcome = call.outcome or Outcome.AMBIGUOUS
        verdict.counts[outcome.value] += 1
        ended[call.deed].add(outcome)
        if call.status == 500:
            verdict.flaws.append(Flaw("fault", f"{call.op} {call.deed}: {call.body}"))
        if outcome is Outcome.DONE:
            known = first.setdefault((call.partner, call.key), call)
            first_answers[call.partner, call.key] += not call.replayed
            if known.args == call.args and known.body != call.body:
                verdict.flaws.append(Flaw("changed", f"{call.op} {call.key}: {call.body}"))
    verdict.flaws += [
        Flaw("lost", f"{first[scope].op} {scope[1]} was done, and later done anew")
        for scope, count in first_answers.items()
        if count > 1
    ]
    for deed, outcomes in ended.items():
        if Outcome.DONE in outcomes:
            verdict.counts["acknowledged"] += 1
            verdict.counts["proved"] += Outcome.AMBIGUOUS in outcomes
        elif Outcome.AMBIGUOUS in outcomes and Outcome.REFUSED not in outcomes:
            verdict.flaws.append(Flaw("unknown", deed))


def _check_keys(
    verdict: Verdict,
    calls: Sequence[Call],
    keys: dict[tuple[str, str], Any],
    effects: dict[tuple[str, UUID], _Effect],
) -> None:
    asked: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        asked[call.partner, call.key].append(call)
    for scope, same in asked.items():
        done = [call for call in same if call.outcome is Outcome.DONE]
        refused = next((call for call in same if call.outcome is Outcome.REFUSED), None)
        row = keys.get(scope)
        if done and row is None:
            verdict.flaws.append(Flaw("lost", f"{done[0].op} {scope[1]} was acknowledged"))
        elif done and row is not None:
            effect = effects.get((done[0].op, row[0]))
            verdict.flaws += _amount_flaws(done[0], effect, row)
        elif row is not None and refused is not None:
            what = f"{refused.op} {scope[1]} was refused: {refused.body}"
            verdict.flaws.append(Flaw("ghost", what))
    for scope in keys.keys() - asked.keys():
        verdict.flaws.append(Flaw("ghost", f"key {scope[1]} was never used"))


def _amount_flaws(call: Call, effect: _Effect | None, row: Any) -> list[Flaw]:
    """The effect moved what the answer said, and left the wallet that the answer showed."""
    if effect is None:
        return [Flaw("lost", f"{call.op} {call.key} has a key and no effect")]
    body, args = call.body, call.args
    asked = effect.said
    if call.op == "earn":
        asked = sum(int(line["net"].replace(".", "")) for line in args["lines"])
    elif call.op == "hold":
        asked = args["points"]
    told = body["clawed_back"] if call.op in ("return", "undo") else body["points"]
    if call.op == "release":
        told = body["released"]
    wallet = tuple(body["balance"][name] for name in ("available", "pending", "held", "debt"))
    wrong = []
    if effect.said != asked or effect.posted != told:
        wrong.append(f"asked {asked}, told {told}; in the ledger {effect.said}, {effect.posted}")
    if wallet != tuple(row[1:]):
        wrong.append(f"the wallet was told as {wallet} and kept as {row[1:]}")
    return [Flaw("changed", f"{call.op} {call.key}: {what}") for what in wrong]


def _check_marks(verdict: Verdict, calls: Sequence[Call], effects: Sequence[_Effect]) -> None:
    """No deed has two effects, whatever keys it went under, and no effect is without a deed."""
    deeds: dict[tuple[str, str], dict[str, set[Outcome]]] = defaultdict(lambda: defaultdict(set))
    for call in calls:
        outcome = call.outcome or Outcome.AMBIGUOUS
        deeds[call.op, _mark(call)][call.deed].add(outcome)
    found = Counter((each.op, each.mark) for each in effects)
    for name, count in found.items():
        outcomes = list(deeds.get(name, {}).values())
        done = sum(Outcome.DONE in each for each in outcomes)
        unknown = sum(each <= {Outcome.AMBIGUOUS, Outcome.TRANSIENT} for each in outcomes)
        if count > done + unknown:
            kind = "doubled" if count > 1 else "ghost"
            verdict.flaws.append(Flaw(kind, f"{name[0]} {name[1]}: {count} effects, {done} done"))
    for name, each in deeds.items():
        done = sum(Outcome.DONE in outcomes for outcomes in each.values())
        if done > found[name]:
            verdict.flaws.append(Flaw("lost", f"{name[0]} {name[1]}: {done} done"))


def _mark(call: Call) -> str:
    kind = {"capture": "hld", "release": "hld", "undo": "pur"}.get(call.op)
    return str(uuid_of(kind, call.mark)) if kind else call.mark


def _event_flaws(rows: Sequence[Any]) -> list[Flaw]:
    count: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: {"event": 0, "deed": 0})
    for side, topic, subject, number in rows:
        kind = "hld" if subject.startswith("hld_") else "pur"
        plain = str(uuid_of(kind, subject)) if "_" in subject else subject
        count[topic, plain][side] += number
    return [
        Flaw("event", f"{topic} {subject}: {each['deed']} deeds, {each['event']} events")
        for (topic, subject), each in count.items()
        if each["deed"] != each["event"]
    ]


def _effect(row: Any) -> _Effect:
    return _Effect(row[0], row[1], row[2], int(row[3]), int(row[4]))
