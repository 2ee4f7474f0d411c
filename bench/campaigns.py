"""Campaigns on the earn path: none, some, a hundred, and one that every purchase takes from."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bench import earn
from bench.ground import Ground
from stoa.services import campaigns
from stoa.work import Actor

_EDITOR, _OTHER = Actor("staff:editor"), Actor("staff:other")
_BUDGET = 10**12


def rates(ground: Ground, *, processes: int, seconds: int, rounds: int) -> dict[str, list[float]]:
    """Return purchases a second without campaigns, with 10, with 100, and with one busy one.

    Rounds go through all of them in turn, so that a slow minute of the machine slows each.
    """
    many = [_document(number) for number in range(100)]
    measured: dict[str, list[float]] = {"none": [], "10": [], "100": [], "busy": []}
    for place in range(rounds):
        measured["none"].append(_rate(ground, {}, processes, seconds))
        for name, count in (("10", 10), ("100", 100)):
            held = {f"c{place}-{name}-{number}": many[number] for number in range(count)}
            measured[name].append(_rate(ground, held, processes, seconds))
        busy = {f"busy{place}": _plain(bonus={"kind": "fixed", "points": 5})}
        measured["busy"].append(_rate(ground, busy, processes, seconds))
    return measured


def _rate(ground: Ground, held: dict[str, dict[str, Any]], processes: int, seconds: int) -> float:
    _change(ground, held, hold=True)
    rate = earn.service_rate(ground, processes=processes, seconds=seconds)
    _change(ground, held, hold=False)
    return rate


def _change(ground: Ground, held: dict[str, dict[str, Any]], *, hold: bool) -> None:
    desk = ground.desk()
    for code, document in held.items():
        if hold:
            with desk.work(_EDITOR) as work:
                campaigns.save(work, code, document)
        with desk.work(_OTHER) as work:
            (campaigns.activate if hold else campaigns.end)(work, code)
    desk.close()


def _plain(**changes: object) -> dict[str, Any]:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    return {
        "name": {"en": "A campaign"},
        "from": (today - timedelta(days=5)).isoformat(),
        "until": (today + timedelta(days=5)).isoformat(),
        "bonus": {"kind": "multiplier", "times_percent": 200},
        "budget_points": _BUDGET,
    } | changes


def _fact(fact: str, compared: str, value: object, **more: str) -> dict[str, Any]:
    return {"fact": fact, "is": compared, "value": value, **more}


def _document(number: int) -> dict[str, Any]:
    """Return one of a hundred: half of them of one partner each, the others of the alliance.

    A purchase of 88.00 at the first partner gets one of them: what doubles base points, of which
    the highest counts. Some ask the member's tier, age, past spend or first purchase.
    """
    place = number // 10
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    partner = [_fact("partner", "in", [f"p{number % 50}"])]
    large = _fact("purchase_total", ">=", 10_000 + 5_000 * place)
    conditions: list[Any] = [
        _fact("weekday", "in", week if place == 0 else week[place % 5 : place % 5 + 2]),
        {"all": [*partner, large]},
        {"all": [*partner, _fact("tier", "in", ["gold"]), _fact("hour", ">=", place)]},
        {"all": [*partner, _fact("categories", "has any", ["dairy"])]},
        {"all": [_fact("channel", "in", ["app"]), _fact("hour", "<", 8)]},
        {"all": [_fact("store", "in", [f"p{number % 50}/main"]), large]},
        {"all": [_fact("first_purchase", "=", value=True), _fact("purchase_total", ">=", 20_000)]},
        {"all": [*partner, _fact("member_days", ">=", 365 * (place + 1))]},
        _fact("holidays", "has any", ["spring-festival", "mid-autumn"]),
        _fact("spend", ">=", 10_000_000, over="30 days") if place == 0 else large,
    ]
    changes: dict[str, Any] = {"condition": conditions[number % 10]}
    if number % 4 == 0:
        changes |= {"caps": [{"every": "day", "points": 10_000}]}
    if number % 10 == 0:
        changes |= {"group": "week", "stacks": "highest"}
    return _plain(**changes)
