"""The documents of rewards: read, checked against what there is, saved, and those that hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from stoa.errors import InvalidRuleError
from stoa.services import pictures, rulebook, stock, tiers
from stoa.services.rewards import swaps
from stoa.services.rulebook import Book
from stoa.values.conditions import WrongRuleError
from stoa.values.rewards import Reward, read_reward
from stoa.work import Work

__all__ = ["KIND", "OPERATORS", "Held", "activate", "at", "offer_id", "read", "save"]

KIND = "reward"
OPERATORS = "stoa"
"""What stands before the colon in the id of the operator's own offers."""

_MOST_KEPT = 50
_MOST_LETTERS = 64


@dataclass(frozen=True, slots=True)
class Held:
    """A reward as a version of its document says it."""

    code: str
    version: int
    reward: Reward


def read(document: Mapping[str, Any]) -> Reward:
    """Read a reward's document.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place.
    """
    try:
        return read_reward(document)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


def offer_id(provider: str, code: str) -> str:
    """Return an offer's id: ``dining:set-menu``, or ``stoa:mug`` for the operator's own.

    Args:
        provider: the partner's code; empty for the operator.
    """
    return f"{provider or OPERATORS}:{code}"


_THERE = """
SELECT 'partner', code FROM partners WHERE code = ANY (%(words)s)
 UNION ALL
SELECT 'store', p.code || '/' || s.code FROM stores s JOIN partners p ON p.id = s.partner_id
 WHERE p.code || '/' || s.code = ANY (%(words)s)
 UNION ALL
SELECT kind, code FROM rules WHERE kind IN ('coupon', 'draw', 'chance') AND state <> 'ended'
   AND code = ANY (%(words)s)
 UNION ALL
SELECT 'currency', code FROM currencies WHERE code = ANY (%(words)s)
"""


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a reward's document as its next version; return the version.

    Raises:
        InvalidRuleError: it can't be, or names a partner, store, tier, pool, draw, chance or
            currency that is not there, or brings points that would be made of nothing.
    """
    if not 0 < len(code) <= _MOST_LETTERS or not code.isprintable() or ":" in code:
        text = f"A code has 1 to {_MOST_LETTERS} characters and no colon."
        raise InvalidRuleError(errors={"code": [text]})
    reward = read(document)
    wanted = list(_named(reward))
    found = work.rows(_THERE, {"words": [word for _, _, word in wanted]}) if wanted else []
    there = {tuple(row) for row in found}
    there |= {("tier", each) for each in _tiers(work)}
    errors: dict[str, list[str]] = {}
    for place, kind, word in wanted:
        if (kind, word) not in there:
            errors.setdefault(place, []).append(f"There is no {kind} {word}.")
    if "currency.code" not in errors and (says := swaps.wrong(work, reward)):
        errors["currency"] = [says]
    if reward.picture and pictures.missing(work, reward.picture):
        errors["picture"] = ["There is no such picture: upload it first."]
    if errors:
        raise InvalidRuleError(errors=errors)
    return rulebook.save(work, KIND, code, document, note=note)


def activate(work: Work, code: str, version: int | None = None) -> Book:
    """Let a version hold, the latest by default, with its stock; return the book.

    Raises:
        RuleUnknownError: there is no such rule or version.
        RuleStateError: the rule has ended.
    """
    chosen = version or rulebook.find(work, KIND, code).latest
    reward = read(rulebook.document(work, KIND, code, chosen))
    book = rulebook.activate(work, KIND, code, chosen)
    if reward.stock is not None:  # now, so that what people count is counted after it
        offer = offer_id(reward.provider, code)
        stock.fund(work, offer, reward.stock, version=book.version)
    return book


def at(work: Work, version: int) -> Mapping[str, Held]:
    """Return the rewards of a rulebook by their offers' ids, remembered between works.

    Raises:
        RuleUnknownError: there is no such book.
    """
    known: dict[int, Mapping[str, Held]] = work.memo.setdefault("rewards", {})
    if version not in known:
        if len(known) >= _MOST_KEPT:
            known.clear()
        held = [
            Held(code, kept.version, read(kept.document))
            for code, kept in rulebook.at(work, version).of(KIND).items()
        ]
        known[version] = MappingProxyType(
            {offer_id(each.reward.provider, each.code): each for each in held}
        )
    return known[version]


def _tiers(work: Work) -> Iterator[str]:
    """Tell the tiers of the main ladder, also of one that was saved and does not hold yet."""
    for line in rulebook.listed(work, "ladder"):
        if line.state != "ended" and line.document.get("main"):
            yield from (each["code"] for each in line.document["tiers"])
    main = tiers.current(work).main
    yield from (each.code for each in main.tiers) if main else ()


def _named(reward: Reward) -> Iterator[tuple[str, str, str]]:
    """Tell what a reward names: the place in its document, the kind and the word."""
    if reward.provider:
        yield "provider", "partner", reward.provider
    for word in sorted(reward.at.partners or ()):
        yield "at.partners", "partner", word
    for word in sorted(reward.at.stores or ()):
        yield "at.stores", "store", word
    for word in reward.tiers:
        yield "tiers", "tier", word
    for kind, word in (("coupon", reward.coupon), ("draw", reward.draw), ("chance", reward.chance)):
        if word:
            yield kind, kind, word
    if reward.currency and reward.fulfil != "plugin":
        yield "currency.code", "currency", reward.currency[0]
    for place, payer in enumerate(reward.payers):
        if payer.partner:
            yield f"payers.{place}.payer", "partner", payer.partner
