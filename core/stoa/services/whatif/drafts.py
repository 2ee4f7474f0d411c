"""Drafts: what is tried, read and completed when it is asked, so that a run needs nothing else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from stoa.errors import InvalidBodyError, InvalidSettingsError, PluginUnknownError
from stoa.services import campaigns, partners, rosters, rulebook, tiers
from stoa.services.rules import EarnRules
from stoa.values.amounts import Rounding
from stoa.values.settings import InvalidSettingsError as WrongSettings
from stoa.values.settings import read_settings
from stoa.work import Work

__all__ = ["Question", "RateDraft", "read_rate", "settle_campaign", "settle_ladder", "settle_rate"]

_FIELDS = frozenset({"partner", "plugin", "settings", "rounding", "currency"})


_LONGEST = timedelta(days=3650)
"""A campaign holds for ten years at most."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a run is asked: a draft, and the purchases that it is tried on.

    Attributes:
        kind: ``rate``, ``ladder`` or ``campaign``.
        draft: the whole document, as the run keeps it.
        since: the first business day; all of before where ``None``.
        until: the last one.
        day: the day on which members stand where the ladders say.
    """

    id: UUID
    kind: str
    draft: Mapping[str, Any]
    since: date | None
    until: date | None
    day: date


@dataclass(frozen=True, slots=True)
class RateDraft:
    """Other settings of a partner's plugin, another plugin, another rounding of points.

    Attributes:
        partner_id: the partner whose purchases are reckoned again; all of the currency if ``None``.
        currency: of the points.
        plugin: in place of the partner's; with it always `settings`.
        rounding: in place of the currency's.
    """

    partner_id: UUID | None
    currency: str
    plugin: str | None
    settings: Mapping[str, Any] | None
    rounding: Rounding | None

    def over(self, rules: EarnRules) -> dict[str, Any]:
        """Return what changes of the rules of now."""
        changes: dict[str, Any] = {}
        if self.plugin is not None:
            changes |= {"plugin": self.plugin, "settings": self.settings}
        if self.rounding is not None:
            changes["rounding"] = self.rounding
        return {name: value for name, value in changes.items() if getattr(rules, name) != value}


def settle_rate(work: Work, document: Mapping[str, Any]) -> dict[str, Any]:
    """Read the draft of a rate and return it whole, as its run keeps it.

    Settings that are not given stay the partner's; of another plugin they are its defaults. `was`
    in the answer tells the rules of the time when it was asked.

    Args:
        document: ``partner``, its code, or none for all; ``settings`` and perhaps ``plugin``;
            ``rounding`` of a fraction of a point, of the currency's.

    Raises:
        InvalidBodyError: a field does not fit; `errors` names each.
        InvalidSettingsError: a setting of the plugin does not fit.
        PluginUnknownError: no such plugin is installed.
    """
    errors = {name: ["There is no such field."] for name in document.keys() - _FIELDS}
    code, rounding = document.get("partner") or None, document.get("rounding") or None
    known = {each.code: each for each in rosters.find_partners(work)}
    if code is not None and code not in known:
        errors["partner"] = ["No partner has this code."]
    if rounding is not None and rounding not in set(Rounding):
        errors["rounding"] = [f"Choose one of {', '.join(Rounding)}."]
    plugin, given = document.get("plugin") or None, document.get("settings")
    if code is None and (plugin is not None or given):
        errors.setdefault("partner", ["Name the partner whose settings these are."])
    if given is not None and not isinstance(given, Mapping):
        errors["settings"] = ["Give the settings by their names."]
    if errors:
        raise InvalidBodyError(errors=errors)
    settled: dict[str, Any] = {"partner": code, "rounding": rounding}
    if code is None:
        return settled | {"currency": work.programme.currency, "plugin": None, "settings": None}
    terms = partners.terms(work, known[code].id, version=known[code].version)
    name = plugin or terms.plugin
    kept = terms.settings if name == terms.plugin else {}
    return settled | {
        "currency": terms.points.code, "plugin": name,
        "settings": _settings(work, name, {**kept, **(given or {})}),
        "was": {"plugin": terms.plugin, "settings": _thawed(terms.settings)},
    }  # fmt: skip


def read_rate(work: Work, draft: Mapping[str, Any]) -> RateDraft:
    """Read the draft of a rate as `settle_rate` returned it."""
    code, rounding = draft["partner"], draft["rounding"]
    known = {each.code: each.id for each in rosters.find_partners(work)}
    return RateDraft(
        None if code is None else known[code], draft["currency"], draft["plugin"],
        draft["settings"], None if rounding is None else Rounding(rounding),
    )  # fmt: skip


def settle_ladder(work: Work, document: Mapping[str, Any]) -> dict[str, Any]:
    """Read the draft of a ladder and return it whole, with the ladder that it is compared with.

    That is the ladder of the same code where one holds; else the main one for a draft that is to be
    the main ladder; else none, and everybody stands at the bottom.

    Args:
        document: ``code`` and ``document``, or ``code`` and ``version`` of a rule that was saved,
            the latest version by default.

    Raises:
        InvalidBodyError: a field does not fit.
        InvalidRuleError: the ladder can't be; `errors` names each place.
        RuleUnknownError: no such ladder was saved, or it has no such version.
    """
    code, version, found = _rule(work, "ladder", document)
    draft = tiers.read(found, code=code)
    ladders = tiers.current(work)
    now = ladders.by_code.get(code) or (ladders.main if draft.main else None)
    against = None
    if now is not None:
        kept = rulebook.document(work, "ladder", now.code, now.version)
        against = {"code": now.code, "version": now.version, "document": dict(kept)}
    return {"code": code, "version": version, "document": found, "against": against}


def settle_campaign(
    work: Work, document: Mapping[str, Any], *, since: date | None, until: date | None
) -> dict[str, Any]:
    """Read the draft of a campaign and return it whole, with the book that it is put into.

    A campaign whose days lie outside the span is tried as if it held on all days of it, the last
    ten years at most: a draft is of days to come, purchases are of the past.

    Args:
        document: as of `settle_ladder`.
        since: the first day of the span, `until` the last one; today where ``None``.

    Raises:
        InvalidBodyError: a field does not fit.
        InvalidRuleError: the campaign can't be; `errors` names each place.
        RuleUnknownError: no such campaign was saved, or it has no such version.
    """
    code, version, found = _rule(work, "campaign", document)
    campaign = campaigns.read(found, code)
    last = until or work.today()
    first = max(since or date.min, last - _LONGEST)
    if campaign.last < (since or date.min) or campaign.first > last:
        found |= {"from": first.isoformat(), "until": last.isoformat()}
    book = rulebook.current(work).version
    return {"code": code, "version": version, "document": found, "book": book}


def _rule(
    work: Work, kind: str, document: Mapping[str, Any]
) -> tuple[str, int | None, dict[str, Any]]:
    """Return code, version and document of a draft: given whole, or by a version that was saved."""
    errors = {
        name: ["There is no such field."]
        for name in document.keys() - {"code", "version", "document"}
    }
    code, version, given = (document.get(name) for name in ("code", "version", "document"))
    if not isinstance(code, str) or not code:
        errors["code"] = ["Name the rule."]
    if version is not None and type(version) is not int:
        errors["version"] = ["Write the number of a version."]
    if given is not None and not isinstance(given, Mapping):
        errors["document"] = ["Give the document as an object."]
    if errors or not isinstance(code, str):
        raise InvalidBodyError(errors=errors)
    if given is not None:
        return code, None, dict(given)
    chosen = version or rulebook.find(work, kind, code).latest
    return code, chosen, dict(rulebook.document(work, kind, code, chosen))


def _thawed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as plain JSON; remembered ones can't be changed."""
    thawed: dict[str, Any] = json.loads(json.dumps(dict(settings), default=dict))
    return thawed


def _settings(work: Work, plugin: str, given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return read_settings(work.plugins.get(plugin).settings, given)
    except PluginUnknownError:
        raise
    except WrongSettings as wrong:
        raise InvalidSettingsError(errors=wrong.errors) from wrong
