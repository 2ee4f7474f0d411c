"""What Stoa answers about challenges and about chances to be promoted; and how to check a draw."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from stoa_sdk.facts import Balance
from stoa_sdk.records import Record

__all__ = [
    "Challenge",
    "ChallengeProgress",
    "Challenges",
    "ChallengesOfMember",
    "Chance",
    "ChanceMode",
    "ChanceOffer",
    "ChanceState",
    "Chances",
    "JoinedChallenge",
    "Promotion",
    "Stamp",
    "Step",
    "Wording",
    "draw_is_true",
]

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_BYTES = 7
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording(Record):
    """A text in the languages of its readers."""

    en: str

    def of(self, language: str) -> str:
        """Return the text in ``zh-Hans`` or ``zh-Hant``, in English where there is none."""
        return str(self.raw.get(language) or self.en)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge(Record):
    """A challenge that is on; `goal` says in words what is to be done."""

    challenge: str
    version: int
    name: Wording
    goal: Wording
    period: str
    since: date | None
    until: date | None
    join: str
    most_per_period: int
    reward_points: int
    grants_eligibility: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenges(Record):
    """The challenges that are on today."""

    challenges: tuple[Challenge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp(Record):
    """A stamp of yours on a stamp card."""

    place: str
    collected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Record):
    """One thing that a goal asks for; `now` is how long a present streak is."""

    fact: str
    target: int
    found: int
    missing: int
    reached: bool
    now: int | None
    stamps: tuple[Stamp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeProgress(Record):
    """How a member gets on with a challenge; `completed` is how often in this period."""

    challenge: str
    name: Wording
    since: date | None
    until: date | None
    joined: bool
    completed: int
    completed_on: date | None
    points: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengesOfMember(Record):
    """How a member gets on with all challenges that are on."""

    challenges: tuple[ChallengeProgress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedChallenge(Record):
    """The challenge that a member takes part in."""

    challenge: str
    joined: bool


class ChanceMode(StrEnum):
    """What a chance is good for."""

    DIRECT = "direct"
    ATTEMPT = "attempt"
    DRAW = "draw"


class ChanceState(StrEnum):
    """What became of a chance."""

    OPEN = "open"
    USED = "used"
    WON = "won"
    LOST = "lost"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChanceOffer(Record):
    """A chance that is on offer; `needed` of them raise one tier."""

    chance: str
    name: Wording
    ladder: str
    mode: ChanceMode | str
    points: int
    needed: int
    most_per_year: int
    odds_per_million: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance(Record):
    """A chance that a member bought.

    Of a draw, `commitment` is the SHA-256 of the seed, told before; `seed`, `nonce` and `roll` are
    told after. `draw_is_true` reckons it again.
    """

    chance_id: str
    chance: str
    ladder: str
    mode: ChanceMode | str
    state: ChanceState | str
    points: int
    bought_at: datetime
    undo_until: datetime
    odds_per_million: int | None
    commitment: str | None
    seed: str | None
    nonce: str | None
    roll: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances(Record):
    """What is on offer, and what the member has bought, the newest first."""

    offers: tuple[ChanceOffer, ...]
    chances: tuple[Chance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion(Chance):
    """A chance after a deed, the `tier` that was reached by it, and the wallet."""

    tier: str | None
    balance: Balance


def draw_is_true(chance: Chance, *, commitment: str, nonce: str) -> bool:
    """Reckon a draw again; nothing but this answer and what you kept from before is needed.

    Args:
        chance: after the draw.
        commitment: as it was told when the chance was bought.
        nonce: as you sent it.

    Returns:
        Whether the seed has the hash that was told before, and the roll and the state follow.
    """
    if chance.seed is None or chance.roll is None or chance.odds_per_million is None:
        return False
    seed = bytes.fromhex(chance.seed)
    digest = hashlib.sha256(seed + _id_of(chance.chance_id).bytes + nonce.encode()).digest()
    roll = int.from_bytes(digest[:_BYTES], "big") % _MILLION
    state = ChanceState.WON if roll < chance.odds_per_million else ChanceState.LOST
    kept = hashlib.sha256(seed).hexdigest() == commitment
    return kept and (chance.roll, chance.state) == (roll, state)


def _id_of(text: str) -> uuid.UUID:
    number = 0
    for letter in text.partition("_")[2]:
        number = number << 5 | _LETTERS.index(letter)
    return uuid.UUID(int=number)
