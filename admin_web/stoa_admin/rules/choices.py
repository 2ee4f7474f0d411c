"""What a rule can be about in this alliance: its partners, stores, tiers and other rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stoa.services import calendars, rosters, rulebook
from stoa.values.conditions import Fact
from stoa.work import Work
from stoa_admin.language import gettext, language
from stoa_admin.rules import facts

__all__ = ["Choices", "gather", "name_of"]

_FACTS = {
    "tier": "tiers", "segments": "segments", "partner": "partners", "store": "stores",
    "stores_collected": "stores", "partners_collected": "partners", "holidays": "holidays",
}  # fmt: skip
_OF = {"tier": "tiers", "challenge": "challenges", "ladder": "ladders", "activity": "activities"}
_TAGS = {"en": "en", "zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Choices:
    """Lists of the alliance by name, as pairs of a value and what it is called."""

    lists: Mapping[str, Pairs]

    def of(self, name: str, chosen: Iterable[str] = ()) -> Pairs:
        """Return a list, and whatever was chosen that it no longer holds."""
        return _with(self.lists.get(name, []), chosen)

    def of_fact(self, fact: Fact, chosen: Iterable[str] = ()) -> Pairs | None:
        """Return what a word fact may be; ``None`` where words are typed."""
        if fact.choices:
            return _with(facts.words(fact.choices), chosen)
        name = _FACTS.get(fact.name, "")
        return _with(self.lists[name], chosen) if self.lists.get(name) else None

    def beside(self, fact: Fact, chosen: str = "") -> Pairs:
        """Return what stands beside a fact that is of something."""
        return self.of(_OF.get(fact.of, ""), [chosen] if chosen else [])


def gather(work: Work, *, tiers: Iterable[Mapping[str, Any]] = ()) -> Choices:
    """Read the lists of the alliance.

    Args:
        tiers: of the ladder that is being edited, as its document has them now.
    """
    ladders = rulebook.listed(work, "ladder")
    ladders.sort(key=lambda line: not line.document.get("main"))
    known: dict[str, str] = {}
    for tier in [*tiers, *(tier for line in ladders for tier in _tiers(line.document))]:
        code = tier.get("code") if isinstance(tier, Mapping) else None
        if isinstance(code, str) and code:
            known.setdefault(code, name_of(tier, code))
    partners, stores = rosters.find_partners(work), rosters.stores(work)
    challenges = _rules(rulebook.listed(work, "challenge"))
    activities = _rules(rulebook.listed(work, "activity"))
    return Choices({
        "payers": [
            ("operator", gettext("The alliance")),
            ("partner", gettext("The partner where it is bought")),
            *((f"prt:{partner.code}", partner.name) for partner in partners),
        ],
        "funders": [
            ("operator", gettext("The alliance")),
            *((f"prt:{partner.code}", partner.name) for partner in partners),
        ],
        "sharers": [
            ("operator", gettext("The alliance")),
            ("partner", gettext("The partner where it is enjoyed")),
            ("receipts", gettext("Who sold what the receipts say")),
            *((f"prt:{partner.code}", partner.name) for partner in partners),
        ],
        "places": [
            *((partner.code, partner.name) for partner in partners),
            *((f"{partner}/{code}", f"{partner_name}, {name}")
              for partner, code, name, partner_name in stores),
        ],
        "triggers": [("purchase", gettext("a purchase"))],
        "tiers": list(known.items()),
        "providers": [
            ("operator", gettext("The alliance")),
            *((partner.code, partner.name) for partner in partners),
        ],
        "coupons": _rules(rulebook.listed(work, "coupon")),
        "draws": _rules(rulebook.listed(work, "draw")),
        "chances": _rules(rulebook.listed(work, "chance")),
        "ladders": _rules(ladders),
        "segments": _rules(rulebook.listed(work, "segment")),
        "challenges": challenges,
        "activities": activities,
        "partners": [(partner.code, partner.name) for partner in partners],
        "stores": [
            (f"{partner}/{code}", f"{partner_name}, {name}")
            for partner, code, name, partner_name in stores
        ],
        "holidays": [(code, name.of(_TAGS[language()])) for code, name in calendars.KNOWN.items()],
    })  # fmt: skip


def name_of(document: Mapping[str, Any], code: str) -> str:
    """Return the name of a rule or a tier in the page's language; its code where it has none."""
    names = document.get("name")
    if not isinstance(names, Mapping):
        return code
    tag = _TAGS[language()]
    others = ("zh-Hant", "zh-Hans") if tag.startswith("zh") else ()
    return next((str(names[each]) for each in (tag, *others, "en") if names.get(each)), code)


def _tiers(document: Mapping[str, Any]) -> list[Any]:
    found = document.get("tiers")
    return found if isinstance(found, list) else []


def _rules(lines: Iterable[rulebook.RuleLine]) -> Pairs:
    return [(line.code, name_of(line.document, line.code)) for line in lines]


def _with(pairs: Pairs, chosen: Iterable[str]) -> Pairs:
    known = {value for value, _label in pairs}
    return [*pairs, *((value, value) for value in chosen if value and value not in known)]
