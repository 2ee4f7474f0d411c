"""What a replay of purchases comes to: equal or not, why not, and which stored thing is suspect."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from stoa.values.facts import EarnedLine

__all__ = ["Difference", "Outcome", "Replayed", "Suspect", "Totals", "Why"]

_MOST_FINDINGS = 100
_MOST_VERSIONS = 1000


class Outcome(StrEnum):
    """How a replay ended."""

    EQUAL = "equal"
    DIFFERENT = "different"
    NOT_REPLAYABLE = "not_replayable"


class Why(StrEnum):
    """Why a replay did not come out equal, or could not be done; several may hold."""

    PENDING = "pending"
    PLUGIN_GONE = "plugin_gone"
    PLUGIN_FAILED = "plugin_failed"
    PLUGIN_CHANGED = "plugin_changed"
    RULES_GONE = "rules_gone"
    FACTS_MISSING = "facts_missing"
    UNREADABLE = "unreadable"
    REFUSED = "refused"
    LINES_DIFFER = "lines_differ"


class Suspect(StrEnum):
    """Which of the stored things contradicts the others."""

    EXPLANATION = "explanation"
    POSTINGS = "postings"
    RULES = "rules"
    PLUGIN = "plugin"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is stored otherwise than it comes out now; lines are counted from 1."""

    where: Suspect
    line: int
    field: str
    stored: Any
    recomputed: Any


@dataclass(frozen=True, slots=True)
class Replayed:
    """A purchase recomputed.

    Attributes:
        stored: the lines of the explanation as they are kept, in JSON.
        recomputed: the lines as they come out now; ``None`` where nothing could be asked.
        missing: facts that were not kept and were taken as they are now, or by the time of the
            purchase: ``partner_version``, ``currency_version``, ``rank``, ``uplift_percent``.
        plugin_then: the version of the plugin's code when the purchase was reckoned, if known.
    """

    member_id: UUID
    purchase_id: UUID
    partner_id: UUID
    outcome: Outcome
    why: tuple[Why, ...] = ()
    missing: tuple[str, ...] = ()
    suspect: Suspect | None = None
    differences: tuple[Difference, ...] = ()
    stored: tuple[Any, ...] = ()
    recomputed: tuple[EarnedLine, ...] | None = None
    plugin: str = ""
    plugin_then: str | None = None
    plugin_now: str | None = None
    partner_version: int | None = None
    agreement_version: int | None = None
    currency_version: int | None = None


@dataclass(slots=True)
class Totals:
    """What many replays came to.

    Attributes:
        done: purchases looked at.
        why: how often each reason was met; `missing` likewise for facts that were not kept.
        findings: the first hundred that did not come out equal, different ones before others.
        versions: by partner and version, how many purchases came out different, and of how many.
    """

    done: int = 0
    counts: Counter[Outcome] = field(default_factory=Counter)
    why: Counter[Why] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    findings: list[Replayed] = field(default_factory=list)
    versions: dict[tuple[UUID, int], tuple[int, int]] = field(default_factory=dict)

    def add(self, replayed: Replayed) -> None:
        """Count one replay."""
        different = replayed.outcome is Outcome.DIFFERENT
        self.done += 1
        self.counts[replayed.outcome] += 1
        self.why.update(replayed.why)
        self.missing.update(replayed.missing)
        if replayed.partner_version is not None:
            key = (replayed.partner_id, replayed.partner_version)
            if key in self.versions or len(self.versions) < _MOST_VERSIONS:
                bad, of = self.versions.get(key, (0, 0))
                self.versions[key] = (bad + different, of + 1)
        if replayed.outcome is not Outcome.EQUAL:
            self._keep(replayed, different=different)

    def _keep(self, replayed: Replayed, *, different: bool) -> None:
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(replayed)
        elif different:
            for place, each in enumerate(self.findings):
                if each.outcome is Outcome.NOT_REPLAYABLE:
                    self.findings[place] = replayed
                    return
