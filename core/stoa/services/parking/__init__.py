"""Parking: what a stay costs, what is free of it, how the rest is paid; gates without a line."""

from stoa.services.parking.deeds import (
    LEAVE,
    PAYS,
    apply,
    capture,
    expire_due,
    forget,
    owed,
    quote,
    release,
)
from stoa.services.parking.gates import LASTS, Inside, car_left, offline, settle
from stoa.services.parking.pricing import PARKING
from stoa.services.parking.records import Ask, Free, Quote, find, listed

__all__ = [
    "LASTS",
    "LEAVE",
    "PARKING",
    "PAYS",
    "Ask",
    "Free",
    "Inside",
    "Quote",
    "apply",
    "capture",
    "car_left",
    "expire_due",
    "find",
    "forget",
    "listed",
    "offline",
    "owed",
    "quote",
    "release",
    "settle",
]
