"""The room that asks plugins: what a bad one does stays its own affair."""

from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import pytest

import zoo
from stoa.api.metrics import Metrics
from stoa.errors import PluginFailedError, PluginUnknownError
from stoa.plugins import Plugins
from stoa.plugins.in_place import PluginRefusedError
from stoa.testing import a_claim, a_purchase, a_standing
from stoa.values.events import Event
from stoa.values.facts import CostShare, EarnLine, Grant, Order, Refusal

Log = list[MutableMapping[str, Any]]

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVENT = Event("evt_1", "points.earned", None, NOW.isoformat(), {"points": 1})
LISTS = ("benefits",)
FACTS: dict[str, dict[str, Any]] = {
    "refuse_purchase": {"purchase": a_purchase()},
    "earn_lines": {"purchase": a_purchase(), "standing": a_standing()},
    "benefits": {"standing": a_standing(), "at": NOW},
    "claim_benefit": {"claim": a_claim("seat"), "standing": a_standing()},
    "rewards": {"at": NOW},
    "price_reward": {"order": Order("tea", 1), "standing": a_standing()},
}


def ask(plugins: Plugins, name: str, hook: str) -> Any:
    return getattr(plugins, hook)(name, **FACTS[hook], settings={"knob": 7})


@pytest.mark.parametrize("case", zoo.GARBAGE)
def test_garbage_is_a_failure_or_an_empty_list(case: str, logged: Log) -> None:
    hook, answer = zoo.GARBAGE[case]
    plugins = Plugins({"bad": zoo.answers(hook, answer)})
    if hook in LISTS:
        assert ask(plugins, "bad", hook) == []
    else:
        with pytest.raises(PluginFailedError):
            ask(plugins, "bad", hook)
    [(event, plugin)] = [(entry["event"], entry["plugin"]) for entry in logged]
    assert (event in {"plugin.garbage", "plugin.violation"}, plugin) == (True, "bad")
    health = plugins.health("bad", {"knob": 7})
    assert health.failed == 1
    assert health.violations == (event == "plugin.violation")


@pytest.mark.parametrize(
    ("case", "violations"),
    [
        ("another partner that pays", 1), ("too many points", 1), ("negative points", 1),
        ("an unknown line", 1), ("a huge list", 1), ("a text for lines", 0),
        ("a list of other things", 0), ("an unspeakable thing", 0),
    ],
)  # fmt: skip
def test_plg_07_what_a_plugin_must_not_say_is_counted_and_has_no_effect(
    case: str, violations: int
) -> None:
    foreign = Grant(
        quantity_milli=1000, unit="h", worth_minor=100, due_minor=0, receipts=(), reason="r",
        points_option=None, offers=(), shares=(CostShare("prt:cinema", 100),),
    )  # fmt: skip
    hook, answer = zoo.GARBAGE.get(case, ("claim_benefit", foreign))
    plugins, told = Plugins({"bad": zoo.answers(hook, answer)}), Metrics()
    plugins.listen(told.asked)
    with pytest.raises(PluginFailedError):
        ask(plugins, "bad", hook)
    assert plugins.totals()["bad"].violations == violations
    assert (b'stoa_plugin_violations_total{plugin="bad"} 1.0' in told.page()) == bool(violations)


@pytest.mark.parametrize("case", zoo.WITHIN)
def test_an_answer_within_its_limits_is_used(case: str) -> None:
    hook, answer = zoo.WITHIN[case]
    used = ask(Plugins({"good": zoo.answers(hook, answer)}), "good", hook)
    assert used == (list(answer) if isinstance(answer, tuple) else answer)


@pytest.mark.parametrize("hook", FACTS)
@pytest.mark.parametrize(
    "wrong",
    [ValueError("boom"), SystemExit(3), GeneratorExit(), RecursionError(), PluginUnknownError()],
    ids=lambda wrong: type(wrong).__name__,
)
def test_whatever_a_plugin_raises_is_contained(
    hook: str, wrong: BaseException, logged: Log
) -> None:
    plugins = Plugins({"bad": zoo.raises(hook, wrong)})
    if hook in LISTS:
        assert ask(plugins, "bad", hook) == []
    else:
        with pytest.raises(PluginFailedError) as failed:
            ask(plugins, "bad", hook)
        assert failed.value.__cause__ is wrong
    assert [(entry["event"], entry["plugin"]) for entry in logged] == [("plugin.raised", "bad")]


def test_an_interrupt_from_the_keyboard_is_not_held_back() -> None:
    plugins = Plugins({"bad": zoo.raises("rewards", KeyboardInterrupt())})
    with pytest.raises(KeyboardInterrupt):
        ask(plugins, "bad", "rewards")


def test_a_failure_tells_callers_nothing_of_the_answer() -> None:
    plugins = Plugins({"bad": zoo.answers("earn_lines", "a secret")})
    with pytest.raises(PluginFailedError) as failed:
        ask(plugins, "bad", "earn_lines")
    assert "secret" not in str(failed.value)
    assert "secret" in failed.value.__notes__[0]


@pytest.mark.parametrize("hook", FACTS)
def test_none_is_an_answer(hook: str) -> None:
    plugins = Plugins({"quiet": zoo.answers(hook, None)})
    assert not ask(plugins, "quiet", hook)


@pytest.mark.parametrize("answer", [Refusal("no", "Not today."), Grant(1, "ea", 2, 3, "", 4)])
def test_a_claim_is_granted_or_refused(answer: object) -> None:
    plugins = Plugins({"good": zoo.answers("claim_benefit", answer)})
    assert ask(plugins, "good", "claim_benefit") is answer


def test_a_price_is_a_whole_number() -> None:
    assert ask(Plugins({"good": zoo.answers("price_reward", 5)}), "good", "price_reward") == 5


def test_a_good_plugin_earns_beside_every_bad_one() -> None:
    bad = {f"bad: {case}": zoo.answers(*pair) for case, pair in zoo.GARBAGE.items()}
    bad |= {f"exits in {hook}": zoo.raises(hook, SystemExit()) for hook in FACTS}
    plugins = Plugins({"a good one": zoo.a_good_one(), "the good one": zoo.a_good_one()} | bad)
    for name in ("a good one", "the good one"):
        assert ask(plugins, name, "earn_lines") == [EarnLine(7, "visit", "for a visit")]


def test_one_plugin_never_sees_anothers_call() -> None:
    seen: list[str] = []
    plugins = Plugins({name: zoo.one_that_listens(name, seen) for name in ("ann", "bob", "eve")})
    for hook in FACTS:
        ask(plugins, "bob", hook)
    plugins.notify("bob", EVENT, {})
    assert seen == [f"bob {hook}" for hook in (*FACTS, "happened")]


def test_a_plugin_that_wraps_hooks_is_refused_and_wraps_nobody() -> None:
    plugins = Plugins({"greedy": zoo.one_that_wraps(), "good": zoo.a_good_one()})
    assert [(each.name, each.reason) for each in plugins.broken()] == [
        ("greedy", "earn_lines may not wrap or go before others.")
    ]
    with pytest.raises(PluginFailedError, match="not installed"):
        ask(plugins, "greedy", "earn_lines")
    assert ask(plugins, "good", "earn_lines") == [EarnLine(7, "visit", "for a visit")]


def test_a_plugin_that_changes_its_settings_changes_only_its_own_copy() -> None:
    plugins = Plugins({"bad": zoo.one_that_changes_its_settings()})
    settings = {"knob": 7, "rows": [{"word": "a"}]}
    for _ in range(2):
        lines = plugins.earn_lines("bad", a_purchase(), a_standing(), settings)
        assert lines == [EarnLine(8, "knob", "b")]
    assert settings == {"knob": 7, "rows": [{"word": "a"}]}


def test_a_plugin_that_changes_an_event_changes_only_its_own_copy() -> None:
    event = Event("evt_1", "points.earned", None, NOW.isoformat(), {"points": 1, "lots": [1]})
    Plugins({"bad": zoo.one_that_changes_events()}).notify("bad", event, {})
    assert event.facts == {"points": 1, "lots": [1]}


def test_a_notice_that_fails_is_no_failure() -> None:
    Plugins({"bad": zoo.raises("happened", SystemExit(3))}).notify("bad", EVENT, {})


def test_a_plugin_that_is_not_installed_has_failed() -> None:
    with pytest.raises(PluginFailedError, match="not installed"):
        ask(Plugins({}), "gone", "earn_lines")
    with pytest.raises(PluginUnknownError):
        Plugins({}).get("gone")


@pytest.mark.parametrize("case", zoo.bad_settings())
def test_a_plugin_with_unusable_settings_is_not_loaded(case: str) -> None:
    plugins = Plugins({"bad": zoo.bad_settings()[case], "good": zoo.a_good_one()})
    assert [plugin.name for plugin in plugins.all()] == ["good"]
    assert [each.name for each in plugins.broken()] == ["bad"]


def test_a_misspelt_hook_is_refused_when_it_is_loaded() -> None:
    plugins = Plugins({"bad": zoo.answers("earn_line", []), "good": zoo.a_good_one()})
    assert [each.name for each in plugins.all()] == ["good"]
    assert "earn_line" in plugins.broken()[0].reason
    with pytest.raises(PluginRefusedError, match="earn_line"):
        Plugins({"bad": zoo.answers("earn_line", [])}, strict=True)


def test_a_plugins_docstring_is_its_title_and_text() -> None:
    plugins = Plugins({"made": zoo.a_good_one(), "bare": zoo.plugin(title=None)})
    described = [(plugin.name, plugin.title, plugin.description) for plugin in plugins.all()]
    assert described == [("bare", "bare", ""), ("made", "A title", "A text.")]


def test_the_three_of_this_tree_are_found_by_their_entry_points() -> None:
    found = {plugin.name: plugin for plugin in Plugins().all()}
    assert {"fuel", "parking", "standard"} <= found.keys()
    assert found["fuel"].title == "Fuel: points a litre, and cents off each litre"
    ours = [found[name] for name in ("fuel", "parking", "standard")]
    assert all(plugin.settings and plugin.description for plugin in ours)
