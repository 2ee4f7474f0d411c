"""The matrix of a closed period: who owes whom, what it comes to, the least that has to move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stoa.values.clearing import netting
from stoa.values.clearing.netting import Due
from stoa.values.clearing.statements import Statement
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["Matrix", "matrix"]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Parties by their codes, the operator by an empty one; amounts in minor units.

    Attributes:
        netted: at most one due for each two parties, and memos of what one owes itself.
        nets: above zero owes, below is owed; they add up to zero.
        gross: what would move without netting.
        payments: the fewest and least payments that bring all to zero, between partners directly.
    """

    money_currency: str
    netted: Sequence[Due[str]]
    nets: Mapping[str, int]
    gross: int
    payments: Sequence[Due[str]]


_STATEMENTS = """
SELECT id, document::jsonb FROM statements
 WHERE points_currency = %s AND period = %s AND partner_id IS NOT NULL ORDER BY no
"""
_NOT_OWED = ("payments", "disputes")


def matrix(work: Work, points_currency: str, period: str) -> Matrix | None:
    """Return the matrix of a closed period, ``None`` where it has no statements.

    It is of what happened in the period: without openings, payments and disputes of earlier ones.
    """
    rows = work.rows(_STATEMENTS, (points_currency, period))
    statements = [Statement.read(public_id("stm", each), document) for each, document in rows]
    if not statements:
        return None
    order = {"": len(statements)} | {each.partner.code: n for n, each in enumerate(statements)}
    dues = [due for each in statements for due in _dues(each)]
    nets = dict.fromkeys(order, 0) | netting.positions(dues)
    return Matrix(
        statements[0].money_currency, netting.netted_pairs(dues, order), nets,
        netting.gross(dues), netting.payments({k: v for k, v in nets.items() if v}, order),
    )  # fmt: skip


def _dues(statement: Statement) -> list[Due[str]]:
    """Return what a partner owes by its statement; what it is owed stands on the other's."""
    mine, dues = statement.partner.code, []
    for each in statement.lines:
        other = mine if each.memo else each.counterparty
        if each.line in _NOT_OWED or not each.minor:
            continue
        if each.minor > 0:
            dues.append(Due(mine, other, each.minor))
        elif not other:
            dues.append(Due(other, mine, -each.minor))
    return dues
