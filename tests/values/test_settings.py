"""Settings: what a form sends becomes plain values, or names everything that is wrong."""

from typing import Any

import pytest

from stoa.values.settings import (
    InvalidSettingsError,
    Kind,
    Setting,
    default_settings,
    read_settings,
)

KNOBS = (
    Setting("free_minutes", Kind.INTEGER, "Free minutes", 15, unit="min", maximum=240),
    Setting("rate", Kind.DECIMAL, "Rate", 1000, unit="points per 1.00", maximum=100_000),
    Setting("open", Kind.BOOLEAN, "Open", default=True),
    Setting("note", Kind.TEXT, "Note", ""),
    Setting("rounding", Kind.CHOICE, "Rounding", "down", choices=("down", "up")),
    Setting(
        "steps", Kind.TABLE, "Steps", [],
        columns=(
            Setting("hours", Kind.INTEGER, "Hours", 1, minimum=1),
            Setting("tier", Kind.TEXT, "Tier", ""),
        ),
    ),
)  # fmt: skip


def test_what_is_not_given_keeps_its_default() -> None:
    assert read_settings(KNOBS, {}) == default_settings(KNOBS)


def test_a_form_is_read() -> None:
    form = {
        "free_minutes": " 30 ", "rate": "1.5", "open": "off", "note": " hello ", "rounding": "up",
        "steps": [{"hours": "2"}, {"hours": 3, "tier": "gold"}],
    }  # fmt: skip
    assert read_settings(KNOBS, form) == {
        "free_minutes": 30, "rate": 1500, "open": False, "note": "hello", "rounding": "up",
        "steps": [{"hours": 2, "tier": ""}, {"hours": 3, "tier": "gold"}],
    }  # fmt: skip


def test_what_was_read_is_read_again_unchanged() -> None:
    once = read_settings(KNOBS, {"rate": "2.125", "steps": [{"hours": "2"}], "open": "on"})
    assert read_settings(KNOBS, once) == once


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"free_minutes": "-1"}, "free_minutes"),
        ({"free_minutes": 241}, "free_minutes"),
        ({"free_minutes": "1.5"}, "free_minutes"),
        ({"free_minutes": True}, "free_minutes"),
        ({"free_minutes": None}, "free_minutes"),
        ({"rate": "1.2345"}, "rate"),
        ({"rate": 1.5}, "rate"),
        ({"rate": "100.001"}, "rate"),
        ({"open": "perhaps"}, "open"),
        ({"note": "two\nlines"}, "note"),
        ({"note": "x" * 501}, "note"),
        ({"note": 7}, "note"),
        ({"rounding": "sideways"}, "rounding"),
        ({"unknown": 1}, "unknown"),
        ({"steps": "none"}, "steps"),
        ({"steps": [1]}, "steps"),
        ({"steps": [{}] * 201}, "steps"),
        ({"steps": [{"hours": 0}]}, "steps.0.hours"),
        ({"steps": [{"hours": 1}, {"days": 2}]}, "steps.1.days"),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        read_settings(KNOBS, given)
    assert list(refused.value.errors) == [path]
    assert path in str(refused.value)


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        read_settings(KNOBS, {"free_minutes": "x", "rounding": "x", "steps": [{"hours": "x"}]})
    assert list(refused.value.errors) == ["free_minutes", "rounding", "steps.0.hours"]
