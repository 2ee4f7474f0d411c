"""Let a draw hold: what it promises is fixed, and a raffle commits to its seed, before it sells."""

import secrets

from stoa.errors import InvalidRuleError
from stoa.models.draws import DrawPrizeRow, DrawRow
from stoa.services import rulebook
from stoa.services.draws import prizes
from stoa.services.draws.documents import KIND, read
from stoa.services.rulebook import Book
from stoa.values.draws import commitment, terms_hash
from stoa.values.lotteries import Lottery
from stoa.work import Work

__all__ = ["activate"]

_SEED_BYTES = 32


def activate(work: Work, code: str, number: int | None = None) -> Book:
    """Let a version hold, the latest by default, with its budget; return the book.

    The first one fixes what is promised; of later ones only the words may differ.

    Raises:
        RuleUnknownError: there is no such draw or version.
        RuleStateError: the draw has ended.
        InvalidRuleError: its days are over, or it promises something else than it did.
        FourEyesError: as `rulebook.check_eyes`.
    """
    chosen = number or rulebook.find(work, KIND, code).latest
    # Not remembered: the version may have been saved in this very work, which may come to nothing.
    lottery = read(rulebook.document(work, KIND, code, chosen))
    rulebook.check_eyes(work, KIND, code, chosen)
    promised = terms_hash(lottery.terms(code, work.programme.zone))
    book = rulebook.activate(work, KIND, code, chosen)
    row = work.session.get(DrawRow, code)
    if row is None:
        _open(work, code, lottery)
    elif bytes(row.terms_hash) != promised:
        text = "What a draw promises is fixed when it first holds: make one of another code."
        raise InvalidRuleError(errors={"": [text]})
    prizes.fund(work, code, lottery)
    return book


def _open(work: Work, code: str, lottery: Lottery) -> None:
    opens, closes, draws = lottery.hours(work.programme.zone)
    if closes <= work.now():
        raise InvalidRuleError(errors={"until": ["This day is over."]})
    terms = lottery.terms(code, work.programme.zone)
    seed = secrets.token_bytes(_SEED_BYTES) if lottery.mode == "raffle" else None
    work.session.add(
        DrawRow(
            code=code, mode=lottery.mode, state="open", currency=work.programme.currency,
            points=lottery.points, terms=terms, terms_hash=terms_hash(terms), seed=seed,
            commitment=commitment(seed) if seed else None, salt=secrets.token_bytes(_SEED_BYTES),
            opens_at=opens, closes_at=closes, draws_at=draws, tickets=lottery.tickets, sold=0,
            drawn=0,
        )
    )  # fmt: skip
    places = [(place, each) for place, each in enumerate(lottery.prizes, 1)]
    if lottery.consolation:
        places.append((0, lottery.consolation))
    for place, each in places:
        work.session.add(
            DrawPrizeRow(
                draw=code, prize=each.code, place=place, odds=each.odds, stock=each.stock,
                remaining=each.stock, points=each.points, coupon=each.coupon,
                partner=each.partner, claim_days=lottery.claim_days,
            )
        )  # fmt: skip
    work.session.flush()
