"""The catalogue is drawn: from the documents that hold now, and from what the plugins answer.

Lists read one table. It is drawn anew for a partner whose version is another one than it was drawn
with, and for documents when another rulebook holds; a list that finds it old draws it first. Each
minute the worker asks every plugin again, for what a plugin offers may depend on the time.

A plugin that fails keeps the offers that it told last, marked as stale, and hurts no other.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from stoa.errors import PluginFailedError
from stoa.services import partners, rewards, rulebook
from stoa.services.rewards import DOCUMENT, Known
from stoa.values.searching import folded, grams
from stoa.work import Work

__all__ = ["refresh"]

_LOCK = 5726
_PARTNERS = """
SELECT id, code, name, version, status = 'active', offered_version IS DISTINCT FROM version
  FROM partners ORDER BY id
"""
_LOCKED = "SELECT pg_advisory_xact_lock(%s)"
_DRAWN = """
INSERT INTO catalogue (one, rulebook, refreshed_at) VALUES (true, %(book)s, %(now)s)
    ON CONFLICT (one) DO UPDATE
   SET rulebook = excluded.rulebook, refreshed_at = excluded.refreshed_at
 WHERE catalogue.rulebook <= excluded.rulebook
RETURNING 1
"""
_MARKED = """
UPDATE partners p SET offered_version = d.version
  FROM unnest(%(ids)s::uuid[], %(versions)s::int[]) AS d (id, version)
 WHERE p.id = d.id AND coalesce(p.offered_version, 0) <= d.version
RETURNING p.id
"""
_STALE = """
UPDATE offers SET stale_since = %(now)s
 WHERE source = 'plugin' AND provider_id = ANY (%(failed)s::uuid[]) AND stale_since IS NULL
RETURNING 1
"""
_HIDDEN = """
UPDATE offers o SET hidden = NOT o.hidden
 WHERE o.source = 'plugin' AND o.hidden <> EXISTS (
       SELECT 1 FROM offers d WHERE d.id = o.id AND d.source = 'document')
RETURNING 1
"""
_TOLD = """
SELECT t.* FROM jsonb_to_recordset(%(offers)s::jsonb) AS t (
       id text, source text, code text, version int, provider_id uuid, provider text,
       provider_name text, kind text, points bigint, money_minor bigint, worth_minor bigint,
       max_quantity int, titles jsonb, about jsonb, words text, grams text[], opens timestamptz,
       closes timestamptz, tiers text[], partners text[], stores text[], picture text,
       limits jsonb, stock bigint)
"""
_COLUMNS = (
    "id", "source", "code", "version", "provider_id", "provider", "provider_name", "kind",
    "points", "money_minor", "worth_minor", "max_quantity", "titles", "about", "words", "grams",
    "opens", "closes", "tiers", "partners", "stores", "picture", "limits", "stock",
)  # fmt: skip
_KEPT = ", ".join(_COLUMNS)
_GONE = f"""
DELETE FROM offers o
 WHERE (o.source = 'document' AND %(documents)s
        OR o.source = 'plugin' AND o.provider_id = ANY (%(asked)s::uuid[]))
   AND NOT EXISTS (SELECT 1 FROM ({_TOLD}) t WHERE t.id = o.id AND t.source = o.source)
RETURNING 1
"""  # noqa: S608 - constants
_KEEP = f"""
INSERT INTO offers ({_KEPT}) SELECT {_KEPT} FROM ({_TOLD}) t ORDER BY id, source
    ON CONFLICT (id, source) DO UPDATE
   SET {", ".join(f"{each} = excluded.{each}" for each in _COLUMNS[2:])}, stale_since = NULL
 WHERE offers.stale_since IS NOT NULL
    OR ({", ".join(f"offers.{each}" for each in _COLUMNS[2:])}) IS DISTINCT FROM
       ({", ".join(f"excluded.{each}" for each in _COLUMNS[2:])})
RETURNING 1
"""  # noqa: S608 - constants

Row = tuple[UUID, str, str, int, bool, bool]
"""A partner: its id, code, name and version, whether it is active, and whether it changed."""


def refresh(work: Work, *, whole: bool = False) -> int:
    """Draw what changed, or all of it; return how many offers came, changed or went.

    Plugins are asked before anything is locked: one that takes its time holds nobody up.
    """
    book = rulebook.current(work).version
    found: Sequence[Row] = work.rows(_PARTNERS)
    asked = [row for row in found if whole or row[5]]
    told: list[Known] = list(_of_documents(work, book, found))
    answered, failed = [], []
    for partner_id, _, _, version, active, _ in asked:
        if not active:
            answered.append(partner_id)
            continue
        terms = partners.terms(work, partner_id, version=version)
        try:
            shelf = work.plugins.rewards(terms.plugin, terms.settings, work.now())
        except PluginFailedError:
            failed.append(partner_id)
            continue
        answered.append(partner_id)
        told += {each.code: rewards.of_plugin(work, each, terms) for each in shelf}.values()
    return _keep(work, book, asked, told=told, answered=answered, failed=failed)


def _of_documents(work: Work, book: int, found: Iterable[Row]) -> Iterable[Known]:
    """Return the offers of documents whose provider is active, of which the end is not over."""
    active = {code: (partner_id, name) for partner_id, code, name, _, there, _ in found if there}
    now = work.now()
    for held in rewards.at(work, book).values():
        provider = active.get(held.reward.provider)
        if held.reward.provider and provider is None:
            continue
        offer = rewards.of_document(work, held, book=book, provider=provider)
        if offer.closes is None or now < offer.closes:
            yield offer


def _keep(
    work: Work,
    book: int,
    asked: Sequence[Row],
    *,
    told: Iterable[Known],
    answered: Sequence[UUID],
    failed: Sequence[UUID],
) -> int:
    work.session.connection()
    work.rows(_LOCKED, (_LOCK,))
    now = work.now()
    newest = bool(work.rows(_DRAWN, {"book": book, "now": now}))
    marks = {"ids": [row[0] for row in asked], "versions": [row[3] for row in asked]}
    mine = {row[0] for row in work.rows(_MARKED, marks)} if asked else set()
    kept = [
        _row(offer)
        for offer in told
        if (newest if offer.source == DOCUMENT else offer.provider_id in mine)
    ]
    values = {
        "offers": json.dumps(kept), "documents": newest,
        "asked": [each for each in answered if each in mine],
    }  # fmt: skip
    done = len(work.rows(_GONE, values)) + len(work.rows(_KEEP, values))
    work.rows(_STALE, {"failed": [each for each in failed if each in mine], "now": now})
    work.rows(_HIDDEN)
    return done


def _row(offer: Known) -> Mapping[str, Any]:
    reward = offer.reward
    titles, about = reward.name.document, reward.about.document
    words = folded([*titles.values(), *about.values(), offer.provider_name, offer.code])
    return {
        "id": offer.id,
        "source": offer.source,
        "code": offer.code,
        "version": offer.version,
        "provider_id": offer.provider_id and str(offer.provider_id),
        "provider": reward.provider,
        "provider_name": offer.provider_name,
        "kind": reward.kind,
        "points": reward.points,
        "money_minor": reward.money_minor,
        "worth_minor": reward.worth_minor,
        "max_quantity": reward.max_quantity,
        "titles": titles,
        "about": about,
        "words": words,
        "grams": grams(words),
        "opens": offer.opens and offer.opens.isoformat(),
        "closes": offer.closes and offer.closes.isoformat(),
        "tiers": list(reward.tiers) or None,
        "partners": None if reward.at.partners is None else sorted(reward.at.partners),
        "stores": None if reward.at.stores is None else sorted(reward.at.stores),
        "picture": reward.picture,
        "limits": {
            "per_member": reward.limits.per_member,
            "per_member_day": reward.limits.per_member_day,
            "per_day": reward.limits.per_day,
        },
        "stock": reward.stock,
    }
