"""Facts, windows and comparisons as the condition editor names them."""

from collections.abc import Iterator

from stoa.values.conditions import Fact, FactKind, Span, Unit, Vocabulary, Window
from stoa_admin.language import gettext, ngettext, noted

__all__ = [
    "fact_label", "facts_of", "of_label", "operators_of", "spans_of", "unit_of", "window_label",
    "words",
]  # fmt: skip

_FACTS = {
    noted("What the member did"): {
        "spend": noted("Spend"),
        "visits": noted("Visits"),
        "purchases": noted("Purchases"),
        "partners_visited": noted("Different partners visited"),
        "stores_visited": noted("Different stores visited"),
        "qualifying_points": noted("Qualifying points"),
        "stores_collected": noted("Stores collected"),
        "partners_collected": noted("Partners collected"),
        "weeks_in_a_row": noted("Weeks in a row with a purchase"),
        "months_in_a_row": noted("Months in a row with a purchase"),
        "activities": noted("Times an activity was done"),
        "challenges_done": noted("Times a challenge was done"),
        "chances": noted("Promotion chances bought"),
    },
    noted("Whom the member brought"): {
        "purchasing_referrals": noted("Invited members who purchased"),
        "invitees_in_tier": noted("Invited members in a tier"),
    },
    noted("Who the member is"): {
        "tier": noted("Tier"),
        "segments": noted("Segments"),
        "member_days": noted("Days since enrolling"),
        "days_since_purchase": noted("Days since the last purchase"),
        "birthday_month": noted("It is the month of the birthday"),
        "birthday": noted("It is the birthday"),
        "first_purchase": noted("It is the first purchase"),
    },
    noted("When"): {
        "weekday": noted("Weekday"),
        "hour": noted("Hour of the day"),
        "day_of_month": noted("Day of the month"),
        "holidays": noted("Holidays"),
    },
    noted("Where"): {
        "partner": noted("Partner"),
        "store": noted("Store"),
        "channel": noted("Channel"),
    },
    noted("What is bought"): {
        "purchase_total": noted("Total of the purchase"),
        "categories": noted("Categories on the receipt"),
        "skus": noted("Articles on the receipt"),
    },
}

_WORDS = {
    "monday": noted("Monday"),
    "tuesday": noted("Tuesday"),
    "wednesday": noted("Wednesday"),
    "thursday": noted("Thursday"),
    "friday": noted("Friday"),
    "saturday": noted("Saturday"),
    "sunday": noted("Sunday"),
    "store": noted("in a store"),
    "online": noted("on-line"),
    "app": noted("in the app"),
    "kiosk": noted("at a kiosk"),
}

_SPANS = {
    Span.DAY: noted("on one day"),
    Span.DAYS: noted("in so many days"),
    Span.MONTHS: noted("in so many months"),
    Span.CALENDAR_MONTH: noted("in a calendar month"),
    Span.CALENDAR_YEAR: noted("in a calendar year"),
    Span.MEMBERSHIP_YEAR: noted("in a year of membership"),
    Span.EVER: noted("ever"),
}

_OPERATORS = {
    FactKind.WHOLE: {
        ">=": noted("at least"),
        ">": noted("more than"),
        "<=": noted("at most"),
        "<": noted("less than"),
        "=": noted("exactly"),
        "!=": noted("anything but"),
    },
    FactKind.WORD: {"in": noted("is one of"), "not in": noted("is none of")},
    FactKind.WORDS: {
        "has any": noted("hold any of"),
        "has all": noted("hold all of"),
        "has none": noted("hold none of"),
    },
    FactKind.FLAG: {"=": noted("is")},
}

_UNITS = {
    Unit.POINTS: noted("points"),
    Unit.TIMES: noted("times"),
    Unit.DAYS: noted("days"),
    Unit.HOURS: noted("o'clock"),
}

_OF = {
    "tier": noted("Which tier"),
    "challenge": noted("Which challenge"),
    "ladder": noted("Of which ladder"),
    "activity": noted("Which activity"),
}


def facts_of(vocabulary: Vocabulary) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the facts of a vocabulary by groups, as pairs of a name and a label."""
    return [(group, facts) for group, facts in _grouped(vocabulary) if facts]


def fact_label(name: str) -> str:
    """Return what a fact is called."""
    for facts in _FACTS.values():
        if name in facts:
            return gettext(facts[name])
    return name.replace("_", " ").capitalize()


def spans_of(fact: Fact) -> list[tuple[str, str]]:
    """Return the windows over which a fact is counted, as pairs of a span and a label."""
    return [(span.value, gettext(label)) for span, label in _SPANS.items() if span in fact.spans]


def window_label(window: Window) -> str:
    """Return what a window is called: ``in 30 days``, ``on one day``."""
    if window.span is Span.DAYS:
        return ngettext("in one day", "in %(num)d days", window.length)
    if window.span is Span.MONTHS:
        return ngettext("in one month", "in %(num)d months", window.length)
    return gettext(_SPANS[window.span])


def operators_of(fact: Fact) -> list[tuple[str, str]]:
    """Return the comparisons of a fact in words."""
    return [(name, gettext(label)) for name, label in _OPERATORS[fact.kind].items()]


def unit_of(fact: Fact, money: str) -> str:
    """Return what a fact's numbers count; `money` is the code of the programme's."""
    if fact.unit is Unit.MONEY:
        return money
    return gettext(_UNITS[fact.unit]) if fact.unit in _UNITS else ""


def of_label(of: str) -> str:
    """Return the label of the field beside a fact that is of something."""
    return gettext(_OF[of]) if of in _OF else of.capitalize()


def words(choices: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the closed choices of a fact with their labels."""
    return [(choice, gettext(_WORDS.get(choice, choice))) for choice in choices]


def _grouped(vocabulary: Vocabulary) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    named: set[str] = set()
    for group, facts in _FACTS.items():
        named.update(facts)
        found = [(name, gettext(label)) for name, label in facts.items() if name in vocabulary]
        yield gettext(group), found
    yield gettext("Others"), [(name, fact_label(name)) for name in vocabulary if name not in named]
