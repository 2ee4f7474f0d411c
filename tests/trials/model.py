"""The ledger once more, in plain dicts and loops: what each deed has to make of a wallet.

It is written from the rules (`docs/architecture.md`, economics §3.8), not from the SQL, and knows
no database: a wallet is a list of lots in the order of their birth, and a debt. Every deed either
changes the wallet or returns the code of its refusal and changes nothing.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

__all__ = ["Bonus", "Hold", "Lot", "Model", "Sale", "Wallet"]


@dataclass
class Lot:
    """Points of one birth: `held` of the `remaining` ones belong to holds."""

    expires_on: date
    available_on: date
    remaining: int
    held: int = 0


@dataclass
class Wallet:
    """A member's lots, in the order of their birth, and what the member owes."""

    lots: list[Lot] = field(default_factory=list)
    debt: int = 0


@dataclass
class Hold:
    """Points set aside: `pieces` are lots with the points taken of each, in the order taken."""

    owner: str
    pieces: list[tuple[Lot, int]]
    expires_at: datetime
    state: str = "held"
    captured: int = 0
    refunded: int = 0
    extended: bool = False

    @property
    def points(self) -> int:
        """All points held."""
        return sum(points for _, points in self.pieces)


@dataclass
class Sale:
    """A purchase of some pieces; each leg is the points of one reason and the lot they bore."""

    owner: str
    day: date
    pieces: int
    legs: list[tuple[int, Lot]]
    back: int = 0
    state: str = "posted"


@dataclass
class Bonus:
    """Points without a purchase, and the lot they bore."""

    owner: str
    points: int
    lot: Lot
    back: bool = False


class Model:
    """Wallets by the names of their owners, under one policy for points that are spent already."""

    def __init__(self, policy: str, grace_days: int) -> None:
        self.policy = policy
        self.grace_days = grace_days
        self.wallets: dict[str, Wallet] = {}

    def figures(self, owner: str, today: date) -> dict[str, int]:
        """Return what a balance shows: spendable, pending, held and owed points."""
        wallet = self.wallets[owner]
        free = [lot for lot in wallet.lots if lot.expires_on >= today]
        return {
            "available": sum(x.remaining - x.held for x in free if x.available_on <= today),
            "pending": sum(x.remaining for x in wallet.lots if x.available_on > today),
            "held": sum(lot.held for lot in wallet.lots),
            "debt": wallet.debt,
        }

    def lots(self, owner: str) -> list[tuple[Any, ...]]:
        """Return the lots that hold points, as the ledger keeps them, in the order of use."""
        open_lots = [lot for lot in self.wallets[owner].lots if lot.remaining]
        rows = [(x.expires_on, x.available_on, x.remaining, x.held) for x in open_lots]
        return sorted(rows, key=lambda row: row[0])

    def earn(
        self, owner: str, points: list[int], expires_on: date, available_on: date
    ) -> list[Lot]:
        """Bear a lot for each number of points, and repay debt from them in turn."""
        wallet = self.wallets[owner]
        born = [Lot(expires_on, available_on, each) for each in points]
        wallet.lots += born
        for lot in born:
            repaid = min(wallet.debt, lot.remaining)
            lot.remaining -= repaid
            wallet.debt -= repaid
        return born

    def hold(
        self, owner: str, points: int, now: datetime, today: date, ttl: timedelta
    ) -> Hold | str:
        """Take the points that end first."""
        wallet = self.wallets[owner]
        free = self.figures(owner, today)["available"]
        if points > free - (wallet.debt if self.policy == "negative" else 0):
            return "INSUFFICIENT_POINTS"
        pieces = []
        for lot in sorted(wallet.lots, key=lambda lot: lot.expires_on):
            usable = today <= lot.expires_on and lot.available_on <= today
            taken = min(points, lot.remaining - lot.held) if usable else 0
            if taken:
                lot.held += taken
                points -= taken
                pieces.append((lot, taken))
        return Hold(owner, pieces, now + ttl)

    def extend(self, hold: Hold, now: datetime, ttl: timedelta) -> str:
        """Give a hold more time, once."""
        if hold.state != "held":
            return "HOLD_ALREADY_RESOLVED"
        if hold.extended:
            return "HOLD_ALREADY_EXTENDED"
        if hold.expires_at <= now:
            return "HOLD_EXPIRED"
        hold.expires_at = max(hold.expires_at, now + ttl)
        hold.extended = True
        return ""

    def capture(self, hold: Hold, points: int, now: datetime, today: date) -> str:
        """Burn the points taken first, let go of the others, which may end at once."""
        if hold.state != "held":
            return "HOLD_ALREADY_RESOLVED"
        if hold.expires_at <= now:
            return "HOLD_EXPIRED"
        if points > hold.points:
            return "EXCEEDS_HOLD"
        hold.state, hold.captured = "captured", points
        left = points
        for lot, part in hold.pieces:
            burned = min(part, left)
            lot.held -= part
            lot.remaining -= burned
            left -= burned
        if points < hold.points:
            self.expire(hold.owner, today)
        return ""

    def release(self, hold: Hold, state: str, now: datetime, today: date) -> str:
        """Let go of a whole hold."""
        if hold.state != "held" or (state == "expired" and hold.expires_at > now):
            return "HOLD_ALREADY_RESOLVED"
        hold.state = state
        for lot, part in hold.pieces:
            lot.held -= part
        self.expire(hold.owner, today)
        return ""

    def refund(self, hold: Hold, points: int, today: date) -> str:
        """Give points back to their lots, those taken last first; late ones live a grace."""
        if hold.state != "captured":
            return "HOLD_ALREADY_RESOLVED"
        if points > hold.captured - hold.refunded:
            return "EXCEEDS_REDEMPTION"
        burned = [lot for lot, part in hold.pieces for _ in range(part)][: hold.captured]
        end = hold.captured - hold.refunded
        late: dict[int, int] = {}
        for lot in reversed(burned[end - points : end]):
            if lot.expires_on >= today:
                lot.remaining += 1
            elif self.grace_days:
                late[id(lot)] = late.get(id(lot), 0) + 1
        grace = today + timedelta(days=self.grace_days)
        self.wallets[hold.owner].lots += [Lot(grace, today, each) for each in late.values()]
        hold.refunded += points
        self._repay(self.wallets[hold.owner], points, today)
        return ""

    def give(self, giver: str, receiver: str, points: int, today: date) -> str:
        """Hand points on, those that end first; they stay what they are, and owed ones stay."""
        wallet = self.wallets[giver]
        if points > self.figures(giver, today)["available"] - wallet.debt:
            return "INSUFFICIENT_POINTS"
        for lot in sorted(wallet.lots, key=lambda lot: lot.expires_on):
            usable = today <= lot.expires_on and lot.available_on <= today
            taken = min(points, lot.remaining - lot.held) if usable else 0
            if taken:
                lot.remaining -= taken
                points -= taken
                self.wallets[receiver].lots.append(Lot(lot.expires_on, lot.available_on, taken))
        return ""

    def grant(self, owner: str, points: int, expires_on: date, available_on: date) -> Bonus:
        """Bear a lot, and repay debt from it."""
        return Bonus(owner, points, self.earn(owner, [points], expires_on, available_on)[0])

    def ungrant(self, bonus: Bonus, today: date) -> None:
        """Take a whole bonus back, once: from its lot, then from the others."""
        if bonus.back:
            return
        bonus.back = True
        missed = self._claw_back(self.wallets[bonus.owner], bonus.points, bonus.lot, today)
        if self.policy != "floor":
            self.wallets[bonus.owner].debt += missed

    def take_back(self, sale: Sale, pieces: int, today: date) -> tuple[int, int] | str:
        """Claw back what so many more pieces had earned; return the points, and those not had."""
        if sale.state != "posted":
            return "ALREADY_RETURNED" if sale.state == "returned" else "PURCHASE_CLOSED"
        if pieces > sale.pieces - sale.back:
            return "EXCEEDS_PURCHASE"
        before, sale.back = sale.back, sale.back + pieces
        sale.state = "returned" if sale.back == sale.pieces else "posted"
        wallet = self.wallets[sale.owner]
        asked = missed = 0
        for points, own in sale.legs:
            rest = points * sale.back // sale.pieces - points * before // sale.pieces
            asked += rest
            missed += self._claw_back(wallet, rest, own, today)
        if self.policy != "floor":
            wallet.debt += missed
        return asked, missed

    @staticmethod
    def _claw_back(wallet: Wallet, points: int, own: Lot, today: date) -> int:
        """Take points from their own lot, then from pending ones; return those not had."""
        order = sorted(
            wallet.lots,
            key=lambda lot: (lot is not own, lot.available_on <= today, lot.expires_on),
        )
        for lot in order:
            used = min(points, lot.remaining - lot.held)
            lot.remaining -= used
            points -= used
        return points

    def _repay(self, wallet: Wallet, points: int, today: date) -> None:
        rest = min(wallet.debt, points)
        wallet.debt -= rest
        for lot in sorted(wallet.lots, key=lambda x: (x.available_on <= today, x.expires_on)):
            used = min(rest, lot.remaining - lot.held)
            lot.remaining -= used
            rest -= used

    def expire(self, owner: str, today: date) -> int:
        """End all free points whose last day is over."""
        ended = 0
        for lot in self.wallets[owner].lots:
            if lot.expires_on < today:
                ended += lot.remaining - lot.held
                lot.remaining = lot.held
        return ended
