"""Hosting: how a partner's plugin does, for the operator, and the wish to ask it again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from stoa.services import audit, partners
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["PluginHealth", "ask_again", "health"]


@dataclass(frozen=True, slots=True)
class PluginHealth:
    """How a plugin does with one partner's settings, on this machine.

    Attributes:
        where: ``place``, ``apart``, ``remote``, or ``broken`` where it is not loaded.
        reason: why it is not loaded; empty where it is.
        calls: questions and errands since the processes that count began.
        failed: how many of them failed.
        p50_ms: the time within which half of the answers came; ``None`` where there was none.
        p99_ms: the same of 99 of 100.
        breaker: ``closed``, ``open`` or ``trying``.
        open_until: until when nobody asks it; ``None`` where the breaker is not open.
        last_error: what the newest failure said; empty where none was.
        last_error_at: when that was.
        processes: how many processes run it apart, of the server that answers.
        missing: what these could not be kept from.
        violations: how many of `failed` were answers that said what they must not.
    """

    where: str
    reason: str
    calls: int = 0
    failed: int = 0
    p50_ms: Decimal | None = None
    p99_ms: Decimal | None = None
    breaker: str = "closed"
    open_until: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    processes: int = 0
    missing: tuple[str, ...] = ()
    violations: int = 0


def health(work: Work, partner_id: UUID) -> PluginHealth:
    """Return how the plugin that a partner has now does."""
    terms = partners.terms_now(work, partner_id)
    name = terms.plugin
    broken = {each.name: each.reason for each in work.plugins.broken()}
    known = {each.name: each for each in work.plugins.all()}
    if name not in known:
        return PluginHealth("broken", broken.get(name, "It is not installed."))
    figures = work.plugins.health(name, terms.settings)
    return PluginHealth(
        known[name].where, "", figures.calls, figures.failed, _ms(figures.percentile_ms(50)),
        _ms(figures.percentile_ms(99)), figures.breaker, _instant(figures.open_until),
        figures.last_error, _instant(figures.last_error_at), len(work.plugins.pids(name)),
        tuple(work.plugins.missing(name)), figures.violations,
    )  # fmt: skip


def ask_again(work: Work, partner_id: UUID) -> None:
    """Close the breaker of a partner's plugin: from now on it is asked again."""
    terms = partners.terms_now(work, partner_id)
    audit.record(work, "plugin.ask_again", public_id("prt", partner_id))
    work.plugins.try_again(terms.plugin, terms.settings)


def _instant(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _ms(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
