"""The alliance's rules as data: documents with versions, and the books of what holds together."""

from typing import Any

from sqlalchemy import CheckConstraint, Identity, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Instant, Word

__all__ = ["KINDS", "Rule", "RuleVersion", "Rulebook"]

KINDS = (
    "ladder",
    "campaign",
    "challenge",
    "referral",
    "chance",
    "segment",
    "activity",
    "reward",
    "coupon",
    "benefit",
    "draw",
)
"""What a rule may be; each kind has a reader of its documents and a room of its own."""

_KINDS = "kind IN ({})".format(", ".join(f"'{kind}'" for kind in KINDS))


class Rule(Base):
    """A rule by its kind and code: whether it holds, and by which version of its document."""

    __tablename__ = "rules"

    kind: Mapped[Word] = mapped_column(primary_key=True)
    code: Mapped[Word] = mapped_column(primary_key=True)
    state: Mapped[Word]
    version: Mapped[int | None] = mapped_column(Integer)
    latest: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint(_KINDS, name="kind"),
        CheckConstraint("state IN ('draft', 'active', 'paused', 'ended')", name="state"),
        CheckConstraint("(state = 'draft') = (version IS NULL)", name="version"),
    )


class RuleVersion(Base):
    """A rule's document as it was saved once; never changed."""

    __tablename__ = "rule_versions"

    kind: Mapped[Word] = mapped_column(primary_key=True)
    code: Mapped[Word] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[Word]
    saved_at: Mapped[Instant]
    saved_by: Mapped[Word]


class Rulebook(Base):
    """All rules that hold together from an instant on: ``{kind: {code: version}}``; never changed.

    What a purchase earned names its book, so that it can be reckoned again after rules changed.
    No version comes twice, not even one that was undone before its commit: what is remembered by
    it is right for ever.
    """

    __tablename__ = "rulebooks"

    version: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    effective_at: Mapped[Instant]
    contents: Mapped[dict[str, dict[str, int]]] = mapped_column(JSONB)
    changed_at: Mapped[Instant]
    changed_by: Mapped[Word]
