"""Conditions in English."""

from stoa.values.conditions.tongues.shape import FactWords, Tongue
from stoa.values.conditions.windows import Span

__all__ = ["ENGLISH"]

_FACTS = {
    "spend": FactWords(
        "spend {amount} {window}", "spend {n}", "spend {more} more {until}", starts="spend ",
    ),
    "visits": FactWords(
        "make {amount} {noun} {window}", "{n} {noun}", "make {more} more {noun} {until}",
        "visit", "visits", "make ",
    ),
    "purchases": FactWords(
        "make {amount} {noun} {window}", "{n} {noun}", "make {more} more {noun} {until}",
        "purchase", "purchases", "make ",
    ),
    "partners_visited": FactWords(
        "shop with {amount} different {noun} {window}", "{n} different {noun}",
        "shop with {more} more {noun} {until}", "partner", "partners", "shop with ",
    ),
    "stores_visited": FactWords(
        "shop in {amount} different {noun} {window}", "{n} different {noun}",
        "shop in {more} more {noun} {until}", "store", "stores", "shop in ",
    ),
    "qualifying_points": FactWords(
        "collect {amount} qualifying {noun} {window}", "{n} qualifying {noun}",
        "collect {more} more qualifying {noun} {until}", "point", "points", "collect ",
    ),
    "purchasing_referrals": FactWords(
        "invite {amount} {noun} who make a purchase {window}",
        "{n} invited {noun} with a purchase",
        "invite {more} more {noun} who make a purchase {until}", "friend", "friends", "invite ",
    ),
    "invitees_in_tier": FactWords(
        "have {amount} invited {noun} in the {of} tier", "{n} invited {noun} in the {of} tier",
        "have {more} more invited {noun} in the {of} tier", "friend", "friends", "have ",
    ),
    "challenges_done": FactWords(
        "complete {of} {amount} {noun} {window}", "{of} completed {n} {noun}",
        "complete {of} {more} more {noun} {until}", "time", "times",
    ),
    "chances": FactWords(
        "hold {amount} {noun} for {of}", "{n} {noun} for {of}",
        "get {more} more {noun} for {of}", "promotion chance", "promotion chances",
    ),
    "tier": FactWords(
        {"in": "be in the {any} tier", "not in": "not be in the {any} tier"}, "tier: {all}",
    ),
    "segments": FactWords(
        {
            "has any": "belong to {any}", "has all": "belong to {all}",
            "has none": "not belong to {any}",
        },
        "segments: {all}",
    ),
    "member_days": FactWords(
        "be a member for {amount} {noun}", "member for {n} {noun}",
        "be a member for {more} more {noun}", "day", "days",
    ),
    "days_since_purchase": FactWords(
        "have made the last purchase {amount} {noun} ago", "last purchase {n} {noun} ago",
        "", "day", "days",
    ),
    "birthday_month": FactWords(
        {"true": "in your birthday month", "false": "outside your birthday month"},
        {"true": "in the birthday month", "false": "outside the birthday month"},
    ),
    "birthday": FactWords(
        {"true": "on your birthday", "false": "on a day other than your birthday"},
        {"true": "on the birthday", "false": "not on the birthday"},
    ),
    "stores_collected": FactWords(
        {
            "has any": "shop in {any}", "has all": "shop in {all}", "has none": "not shop in {any}",
        },
        "stores so far: {all}", "shop in {all}",
    ),
    "partners_collected": FactWords(
        {
            "has any": "shop with {any}", "has all": "shop with {all}",
            "has none": "not shop with {any}",
        },
        "partners so far: {all}", "shop with {all}",
    ),
    "weeks_in_a_row": FactWords(
        "shop in {amount} {noun} in a row", "{n} {noun} in a row", "shop in {more} more {noun}",
        "week", "weeks",
    ),
    "months_in_a_row": FactWords(
        "shop in {amount} {noun} in a row", "{n} {noun} in a row", "shop in {more} more {noun}",
        "month", "months",
    ),
    "activities": FactWords(
        "do {of} {amount} {noun}", "{of} done {n} {noun}", "do {of} {more} more {noun}",
        "time", "times",
    ),
    "first_purchase": FactWords(
        {"true": "with your first purchase", "false": "after your first purchase"},
        {"true": "the first purchase", "false": "not the first purchase"},
    ),
    "weekday": FactWords({"in": "on {any}", "not in": "not on {any}"}, "day of the week: {all}"),
    "hour": FactWords(
        {
            ">=": "from {n}:00", ">": "from {next}:00", "<": "before {n}:00",
            "<=": "before {next}:00", "=": "between {n}:00 and {next}:00",
            "!=": "not between {n}:00 and {next}:00",
        },
        "between {n}:00 and {next}:00",
    ),
    "day_of_month": FactWords(
        {
            ">=": "from day {n} of the month", ">": "after day {n} of the month",
            "<": "before day {n} of the month", "<=": "up to day {n} of the month",
            "=": "on day {n} of the month", "!=": "on any day of the month but day {n}",
        },
        "day {n} of the month",
    ),
    "holidays": FactWords(
        {
            "has any": "on {any}", "has all": "on a day that is {all}",
            "has none": "not on {any}",
        },
        "holidays: {all}",
    ),
    "partner": FactWords({"in": "at {any}", "not in": "not at {any}"}, "partner: {all}"),
    "store": FactWords({"in": "in {any}", "not in": "not in {any}"}, "store: {all}"),
    "channel": FactWords({"in": "buy {any}", "not in": "not buy {any}"}, "bought {all}"),
    "purchase_total": FactWords(
        "spend {amount} in one purchase", "purchase of {n}", "spend {more} more in this purchase",
        starts="spend ",
    ),
    "categories": FactWords(
        {"has any": "buy {any}", "has all": "buy {all}", "has none": "buy no {any}"},
        "bought {all}",
    ),
    "skus": FactWords(
        {
            "has any": "buy the article {any}", "has all": "buy the articles {all}",
            "has none": "not buy the article {any}",
        },
        "articles: {all}",
    ),
}  # fmt: skip

ENGLISH = Tongue(
    facts=_FACTS,
    operators={
        ">=": "at least {n}", ">": "more than {n}", "<=": "at most {n}", "<": "less than {n}",
        "=": "exactly {n}", "!=": "any number but {n}",
    },
    windows={
        Span.DAY: "on one day", Span.DAYS: "within {n} days", Span.MONTHS: "within {n} months",
        Span.CALENDAR_MONTH: "in a calendar month", Span.CALENDAR_YEAR: "in a calendar year",
        Span.MEMBERSHIP_YEAR: "in a membership year", Span.EVER: "in all",
    },
    one={Span.DAYS: "on one day", Span.MONTHS: "within one month"},
    when={
        Span.DAY: "on {day}", Span.DAYS: "in the {n} days to {day}",
        Span.MONTHS: "in the {n} months to {day}", Span.CALENDAR_MONTH: "in {month}",
        Span.CALENDAR_YEAR: "in {year}", Span.MEMBERSHIP_YEAR: "in the membership year of {day}",
        Span.EVER: "up to {day}",
    },
    today="today",
    by="by {day}",
    count="{found} of {wanted}",
    counted="{text} {when}",
    known="{text} {when}",
    same_day="same-day {text}",
    compared="{text} {sign} {wanted} {when}",
    either=(", ", ", or "),
    both=(", ", " and "),
    aside="({text})",
    opposite="not: {text}",
    failed="{text} (wanted: {wants})",
    unknown="not known: {text}",
    nothing="none",
    pause=",",
    goals={"": "{text} for {goal}", "tier": "{text} for {goal}", "challenge": "{text} for {goal}"},
    choices={
        "weekday": {
            "monday": "Monday", "tuesday": "Tuesday", "wednesday": "Wednesday",
            "thursday": "Thursday", "friday": "Friday", "saturday": "Saturday",
            "sunday": "Sunday",
        },
        "channel": {
            "store": "in a store", "online": "online", "app": "in the app", "kiosk": "at a kiosk",
        },
    },
)  # fmt: skip
