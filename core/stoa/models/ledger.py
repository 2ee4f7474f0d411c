"""The ledger's tables: wallets, transactions, postings, open lots; `functions/*.sql` write them.

The application's role may read these tables and call those functions; it can neither
insert, update nor delete here. Every table leads with the member, so that one member's rows lie
together and the schema distributes by member. There are no foreign keys between hot tables:
the functions are the only writers, and `services.invariants` recomputes everything.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Points, Word

__all__ = ["Currency", "CurrencyVersion", "Lot", "LotUse", "Posting", "Transaction", "Wallet"]


class Currency(Base):
    """A points currency: how long its points live and what one is worth to a member.

    `version` grows with every change of the terms; `CurrencyVersion` keeps those of before.
    `issuer_id` is the partner whose own currency it is, ``NULL`` for the alliance's.
    `debt_policy` says what becomes of points that were spent before their purchase came back
    (economics §3.8); `grace_days` how long points live that come back after their last day.
    The last four say how points are spent; see `stoa.values.tenders.Spending`.
    """

    __tablename__ = "currencies"

    code: Mapped[Word] = mapped_column(primary_key=True)
    name: Mapped[Word]
    expiry_rule: Mapped[Word]
    expiry_months: Mapped[int]
    face_value: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    money_currency: Mapped[Word]
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    issuer_id: Mapped[OptionalId]
    debt_policy: Mapped[Word] = mapped_column(server_default="debt")
    grace_days: Mapped[int] = mapped_column(server_default="30")
    rounding: Mapped[Word] = mapped_column(server_default="down")
    min_points: Mapped[Points] = mapped_column(server_default="1")
    step: Mapped[Points] = mapped_column(server_default="1")
    max_share_percent: Mapped[int] = mapped_column(Integer, server_default="100")
    step_up_points: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("min_points >= 1 AND step >= 1", name="least"),
        CheckConstraint("max_share_percent BETWEEN 1 AND 100", name="share"),
        CheckConstraint("step_up_points >= 0", name="step_up"),
        CheckConstraint("debt_policy IN ('debt', 'negative', 'floor')", name="debt_policy"),
        CheckConstraint("grace_days >= 0", name="grace_days"),
        CheckConstraint("rounding IN ('down', 'up', 'half_up', 'half_even')", name="rounding"),
    )


class CurrencyVersion(Base):
    """The terms of a currency at a version: every column of `Currency` by its name, as JSON."""

    __tablename__ = "currency_versions"

    code: Mapped[Word] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[Instant]
    changed_by: Mapped[Word]


class Wallet(Base):
    """A member's points of one currency; `seq` is the number of the last posting."""

    __tablename__ = "wallets"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    currency: Mapped[Word] = mapped_column(primary_key=True)
    available: Mapped[Points]
    pending: Mapped[Points]
    held: Mapped[Points]
    debt: Mapped[Points]
    seq: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("available >= 0", name="available"),
        CheckConstraint("pending >= 0", name="pending"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint("debt >= 0", name="debt"),
        CheckConstraint("available + pending + held <= 9000000000000000", name="limit"),
        {"postgresql_with": {"fillfactor": "70"}},
    )


class Transaction(Base):
    """The header of postings: what was done, by whom, why.

    `explanation` holds the arithmetic, one of its ``lines`` a posting, beginning with the posting
    `first_seq`. The transaction of a purchase has the purchase's id, that of a capture its hold's.
    """

    __tablename__ = "transactions"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    currency: Mapped[Word]
    partner_id: Mapped[OptionalId]
    store_id: Mapped[OptionalId]
    subject_id: Mapped[OptionalId]
    reference: Mapped[Word]
    business_date: Mapped[date]
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
    first_seq: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[Word]
    reason_code: Mapped[Word]
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Posting(Base):
    """Points between a wallet and one counter account; both sides in one row.

    `points` is what the wallet gains (above zero) or loses (below); `account` and `partner_id`
    name the counter account: ``issued`` of a partner is ``partner:<id>:issued``, ``expired``
    without one is ``programme:expired``. A posting that brings points also is the birth of a lot:
    its payer (``NULL`` for the operator), price and dates are those of the lot for ever.
    `balance` is what the wallet held after this posting, pending and held points included.

    A lot whose points were another lot's before (by a transfer, a merger, an exchange, a refund
    after its last day) names the posting that had brought those: its origin.
    """

    __tablename__ = "postings"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    currency: Mapped[Word] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    transaction_id: Mapped[Id]
    points: Mapped[Points]
    balance: Mapped[Points]
    account: Mapped[Word]
    partner_id: Mapped[OptionalId]
    payer_id: Mapped[OptionalId]
    reason: Mapped[Word]
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    available_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    origin_member_id: Mapped[OptionalId]
    origin_currency: Mapped[str | None] = mapped_column(Text)
    origin_seq: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("points <> 0 AND abs(points) <= 1000000000000", name="points"),
        CheckConstraint("balance >= 0", name="balance"),
        CheckConstraint(
            "account IN ('issued', 'burned', 'expired', 'debt', 'adjusted', 'exchanged',"
            " 'transferred', 'merged')",
            name="account",
        ),
    )


class Lot(Base):
    """What is left of the points of one posting; the row goes when nothing is left.

    The key is the order in which points are burned: earliest expiry first, then oldest.
    Points that never expire carry the last day of the year 9999. A lot is `pending` until the
    wallet has counted its points as available, on `available_on` or soon after.
    """

    __tablename__ = "lots"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    currency: Mapped[Word] = mapped_column(primary_key=True)
    expires_on: Mapped[date] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    remaining: Mapped[Points]
    held: Mapped[Points]
    available_on: Mapped[date]
    pending: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        CheckConstraint("remaining > 0", name="remaining"),
        CheckConstraint("held >= 0 AND held <= remaining", name="held"),
        CheckConstraint("NOT pending OR held = 0", name="pending"),
        Index("ix_lots_pending", "available_on", postgresql_where="pending"),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class LotUse(Base):
    """Which lot a posting took points from: posting `seq` took `points` of lot `lot_seq`.

    Below zero it gave them back: the refund of a redemption fills the lots it had emptied.
    """

    __tablename__ = "lot_uses"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    currency: Mapped[Word] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    lot_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    points: Mapped[Points]

    __table_args__ = (CheckConstraint("points <> 0", name="points"),)
