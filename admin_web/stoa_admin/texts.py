"""How pages write figures, days and times: by the language's rules, in the programme's zone."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import dates, numbers
from flask import Blueprint, Flask, g, request, url_for

from stoa.values.amounts import Money, minor_exponent
from stoa.values.clearing.money import stated
from stoa.values.identifiers import public_id
from stoa_admin import assets, badge, gate, language, onboarding
from stoa_admin.front import front, person
from stoa_admin.role_names import ROLE_NAMES

__all__ = ["ago", "change", "compact", "day", "instant", "money", "prepare", "zone"]

_LONG = 10_000_000
_THEMES = ("light", "dark")
_TAGS = {"en": "en", "zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}


def prepare(app: Flask, admin: Blueprint) -> None:
    """Give templates the filters, and those of the admin web what all of them need."""
    filters = {
        "stoa_ago": ago,
        "stoa_amount": amount,
        "stoa_cash": cash,
        "stoa_change": change,
        "stoa_compact": compact,
        "stoa_day": day,
        "stoa_decimal": decimal,
        "stoa_exact": exact,
        "stoa_instant": instant,
        "stoa_local_day": local_day,
        "stoa_minor": minor,
        "stoa_money": money,
        "stoa_month": month,
        "stoa_points": points,
        "stoa_period": period,
        "stoa_paragraphs": paragraphs,
        "stoa_places": places,
        "stoa_rate": rate,
        "stoa_ratio": ratio,
        "stoa_word": language.word,
    }
    app.jinja_env.filters.update(filters)
    admin.context_processor(_shared)


def points(count: int) -> str:
    """Return a whole number with its groups: ``1,204,300``."""
    return str(numbers.format_decimal(count, locale=language.locale()))


def compact(count: int) -> str:
    """Return a number that fits a tile: in full below ten million, then ``12.3M`` or ``1230万``."""
    if abs(count) < _LONG:
        return points(count)
    text = numbers.format_compact_decimal(count, fraction_digits=2, locale=language.locale())
    return str(text)


def ratio(part: int, whole: int) -> str:
    """Return a part of a whole in percent with one decimal."""
    value = Decimal(part) / Decimal(whole) if whole else Decimal(0)
    return str(numbers.format_percent(value, format="0.0%", locale=language.locale()))


def change(now: int, before: int) -> str | None:
    """Return by how much a figure grew, ``+12.4%``; ``None`` when there was nothing before."""
    if before == 0:
        return None
    grown = (Decimal(now) - Decimal(before)) / Decimal(before)
    if abs(grown) >= Decimal("9.995"):
        return ">+999%" if grown > 0 else "<-999%"
    return str(numbers.format_percent(grown, format="+0.0%;-0.0%", locale=language.locale()))


def decimal(value: Decimal) -> str:
    """Return a decimal with all its places but trailing zeros: ``0.012``."""
    return str(
        numbers.format_decimal(value.normalize(), format="0.######", locale=language.locale())
    )


def places(value: Decimal, decimals: int) -> str:
    """Return a decimal with a number of places and its groups: ``1,204.50``."""
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return str(numbers.format_decimal(value, format=pattern, locale=language.locale()))


def rate(value: Decimal) -> str:
    """Return a rate of exchange with at least four places: ``1.0800``."""
    return str(numbers.format_decimal(value, format="#,##0.0000######", locale=language.locale()))


def money(amount: Money) -> str:
    """Return an amount with its currency."""
    value = Decimal(amount.amount)
    return str(numbers.format_currency(value, amount.currency, locale=language.locale()))


def cash(minor_units: int, currency: str) -> str:
    """Return minor units of a money with its currency."""
    return money(Money(minor_units, currency))


def exact(amount: Decimal, currency: str) -> str:
    """Return an exact amount of a money, rounded once, with its currency."""
    return money(stated([amount], currency))


def amount(exact: Decimal, currency: str) -> str:
    """Return an exact amount of a money, rounded once, by its figures alone: ``1,204.30``."""
    places = "0" * minor_exponent(currency)
    shown = Decimal(stated([exact], currency).amount)
    form = f"#,##0.{places}" if places else "#,##0"
    return str(numbers.format_decimal(shown, format=form, locale=language.locale()))


def day(value: date) -> str:
    """Return a day: ``1 May 2026``."""
    return str(dates.format_date(value, "medium", locale=language.locale()))


def local_day(at: datetime) -> str:
    """Return the day of a time in the programme's zone."""
    return day(at.astimezone(_zone()).date())


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a plugin's description, each in the page's language."""
    parts = (" ".join(part.split()) for part in text.split("\n\n"))
    return [language.word(part) for part in parts if part]


def month(first: date) -> str:
    """Return a month: ``May 2026``."""
    return str(dates.format_skeleton("yMMM", first, locale=language.locale()))


def period(text: str) -> str:
    """Return a period, ``2026-05``, as its month: ``May 2026``."""
    return month(date.fromisoformat(f"{text}-01"))


def minor(text: str) -> str:
    """Return typed minor units as money, ``CN¥10.00``; nothing for what is no whole number."""
    if not (text.isascii() and text.isdigit()):
        return ""
    return money(Money(int(text[:18]), front().desk.programme.money_currency))


def instant(at: datetime) -> str:
    """Return a time in the reader's zone, which every page names."""
    here = at.astimezone(_zone())
    glue = str(dates.get_datetime_format("medium", locale=language.locale()))
    clock = str(dates.format_time(here, "HH:mm", tzinfo=_zone(), locale=language.locale()))
    return glue.replace("'", "").replace("{1}", day(here.date())).replace("{0}", clock)


def ago(at: datetime) -> str:
    """Return how long ago or how far ahead something is: ``3 hours ago``."""
    delta = at - front().desk.clock()
    return str(dates.format_timedelta(delta, add_direction=True, locale=language.locale()))


def zone() -> str:
    """Return the zone in which times are shown: the reader's own, or the programme's."""
    reader = g.get("person")
    return (reader.zone if reader else "") or front().desk.programme.zone


def _zone() -> ZoneInfo:
    return ZoneInfo(zone())


def _shared() -> dict[str, object]:
    reader = g.get("person")
    theme = request.cookies.get("stoa_theme") or (reader.theme if reader else "")
    programme = front().desk.programme
    return {
        "asset": assets.url,
        "clearing_waits": badge.waiting,
        "csrf_token": gate.csrf_token,
        "csrf_header": lambda: {"X-CSRFToken": gate.csrf_token()},
        "here": request.full_path.rstrip("?"),
        "language": language.language(),
        "language_tag": _TAGS[language.language()],
        "languages": language.LANGUAGES,
        "may": lambda permission: person().may(permission),
        "minor_decimals": minor_exponent(programme.money_currency),
        "onboarding": onboarding.bar,
        "opens": gate.opens,
        "programme": programme,
        "public_id": public_id,
        "role_names": ROLE_NAMES,
        "theme": theme if theme in _THEMES else "",
        "zone": zone(),
        "url": lambda door, **values: url_for(f"admin.{door}", **values),
    }
