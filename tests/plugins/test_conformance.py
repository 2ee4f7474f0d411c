"""The check that plugin authors run: good plugins pass it, bad ones are told what is wrong."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

import zoo
from stoa.testing import (
    DEADLINE_S,
    ERRAND_DEADLINE_S,
    a_claim,
    a_line,
    a_purchase,
    an_order,
    check_errands,
    check_plugin,
    checking,
)
from stoa.values.facts import EarnLine, Fulfilment, Order, Tender, TenderKind
from stoa.values.settings import Kind, Setting


def test_a_good_plugin_passes() -> None:
    check_plugin(zoo.a_good_one(), settings={"knob": "3"}, purchases=20)


@pytest.mark.parametrize("case", zoo.GARBAGE)
def test_garbage_is_named(case: str) -> None:
    hook, answer = zoo.GARBAGE[case]
    with pytest.raises(AssertionError, match=f"^{hook}: This is no "):
        check_plugin(zoo.answers(hook, answer), purchases=2)


@pytest.mark.parametrize(
    "hook",
    ["refuse_purchase", "earn_lines", "benefits", "claim_benefit", "rewards", "price_reward"],
)
def test_what_a_plugin_raises_is_named(hook: str) -> None:
    with pytest.raises(AssertionError, match=f"^{hook}: it raised SystemExit: 3"):
        check_plugin(zoo.raises(hook, SystemExit(3)), purchases=2)


@pytest.mark.parametrize("case", zoo.broken_contracts())
def test_a_broken_contract_is_named(case: str) -> None:
    plugin, complaint = zoo.broken_contracts()[case]
    with pytest.raises(AssertionError, match=complaint):
        check_plugin(plugin, purchases=20)


@pytest.mark.parametrize("case", zoo.bad_settings())
def test_unusable_settings_are_named(case: str) -> None:
    with pytest.raises(AssertionError, match=r"^settings: "):
        check_plugin(zoo.bad_settings()[case])


def test_settings_that_do_not_fit_are_named() -> None:
    with pytest.raises(AssertionError, match="settings: knob: Write a whole number"):
        check_plugin(zoo.a_good_one(), settings={"knob": "many"})


def test_defaults_that_no_form_can_show_are_named() -> None:
    table = Setting("rows", Kind.TABLE, "Rows", ({"when": a_purchase},), columns=())
    with pytest.raises(AssertionError, match=r"^settings: "):
        check_plugin(zoo.answers("settings", [table]))


def test_a_misspelt_hook_is_named() -> None:
    with pytest.raises(AssertionError, match="can't be loaded: unknown hook 'earn_line'"):
        check_plugin(zoo.plugin(zoo.function("earn_line"), zoo.function("benefits")))


def test_an_unmarked_hook_is_named() -> None:
    plugin = zoo.a_good_one()
    vars(plugin)["rewards"] = list
    with pytest.raises(AssertionError, match="rewards is not asked: mark it with @hookimpl"):
        check_plugin(plugin)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return seconds; their sum is what the check believes to be the time."""
    passed: list[float] = []
    monkeypatch.setattr(checking, "perf_counter", lambda: sum(passed))
    return passed


def test_a_slow_plugin_is_named(clock: list[float]) -> None:
    slow = zoo.one_that_takes(clock, itertools.repeat(2 * DEADLINE_S))
    with pytest.raises(AssertionError, match=r"it took 0\.30 s; the core waits 0\.15 s"):
        check_plugin(slow, purchases=1)


def test_one_slow_answer_of_two_is_the_machines(clock: list[float]) -> None:
    slow_once = zoo.one_that_takes(clock, itertools.chain([9.0], itertools.repeat(0.0)))
    check_plugin(slow_once, purchases=1)


def test_another_seed_asks_of_other_purchases() -> None:
    asked: dict[int, list[str]] = {}
    for seed in (1, 1, 2):
        seen: list[str] = []
        check_plugin(zoo.one_that_notes_purchases(seen), purchases=5, seed=seed)
        assert asked.setdefault(seed, seen) == seen
    assert asked[1] != asked[2]


def test_the_texts_of_tables_are_asked_about() -> None:
    seen: list[str] = []
    rows = [{"category": "velvet"}]
    check_plugin(zoo.one_that_notes_purchases(seen), settings={"rows": rows}, purchases=50)
    assert any("velvet" in purchase for purchase in seen)


def test_a_built_purchase_pays_the_rest_with_points() -> None:
    purchase = a_purchase(a_line(net_minor=300_00, earning_minor=250_00))
    assert purchase.tenders == (
        Tender(TenderKind.CARD, 250_00),
        Tender(TenderKind.POINTS, 50_00),
    )
    assert purchase.earning_minor == 250_00


def test_a_built_stay_ends_at_noon() -> None:
    claim = a_claim("free_parking", stay=timedelta(hours=4, minutes=10))
    assert claim.since is not None
    assert (claim.at.isoformat(), claim.since.isoformat()) == (
        "2026-05-01T12:00:00+00:00",
        "2026-05-01T07:50:00+00:00",
    )


def test_an_answer_that_json_would_change_is_named() -> None:
    listed = EarnLine(1, "base", "", [1])  # type: ignore[arg-type]
    assert checking._round_trip([listed]) == f"{listed!r} does not survive JSON"


def test_a_refusal_is_a_good_answer_to_a_claim() -> None:
    check_plugin(zoo.one_that_refuses_claims(), purchases=1)


def test_a_grant_of_all_that_was_asked_is_good() -> None:
    check_plugin(zoo.one_that_grants_all(), purchases=1)


def test_a_rule_of_the_earn_line_is_checked_against_the_purchase() -> None:
    with pytest.raises(AssertionError, match="no EarnLine"):
        check_plugin(zoo.answers("earn_lines", [EarnLine(1, "base", "", (501,))]))


def errand(*answers: Fulfilment | BaseException | None) -> Any:
    """Build a plugin whose `fulfil` gives these answers in turn, and can undo."""
    left = list(answers)

    def fulfil(order: Order) -> Fulfilment | None:
        if order.reward != "tea":
            return None
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def cancel_fulfilment(order: Order) -> Fulfilment | None:
        return Fulfilment("done") if order.reward == "tea" else None

    return zoo.plugin(fulfil, cancel_fulfilment)


def test_a_good_errand_passes_and_tells_its_answer() -> None:
    done = Fulfilment("done", "R-1", ("CODE 1",), stock_left=3)
    assert check_errands(errand(done), an_order("tea")) == done


@pytest.mark.parametrize(
    ("plugin", "complaint"),
    [
        (errand(Fulfilment("done", "1"), Fulfilment("done", "2")), "asked twice for one order"),
        (errand(None), "it knows no reward tea"),
        (errand(SystemExit(3)), "it raised SystemExit: 3"),
        (errand(Fulfilment("maybe")), "This is no Fulfilment"),
        (errand(Fulfilment("done", "\0")), "This is no Fulfilment"),
        (errand(Fulfilment("done", "x" * 501)), "This is no Fulfilment"),
        (errand(Fulfilment("done", 7)), "This is no Fulfilment"),  # type: ignore[arg-type]
        (errand(Fulfilment("done", codes=["a"])), "This is no Fulfilment"),  # type: ignore[arg-type]
        (errand(Fulfilment("done", codes=("",))), "This is no Fulfilment"),
        (errand(Fulfilment("done", codes=("a",) * 101)), "This is no Fulfilment"),
        (errand(Fulfilment("done", stock_left=-1)), "This is no Fulfilment"),
        (errand(Fulfilment("done", stock_left=True)), "This is no Fulfilment"),
        (zoo.answers("fulfil", Fulfilment("done")), "nobody offers this"),
    ],
)
def test_a_bad_errand_is_named(plugin: Any, complaint: str) -> None:
    with pytest.raises(AssertionError, match=f"^fulfil: .*{complaint}"):
        check_errands(plugin, an_order("tea"))


def test_an_errand_sees_its_own_copy_of_the_order() -> None:
    def fulfil(order: Order) -> Fulfilment | None:
        order.deliver_to["card"] = "mine"
        return Fulfilment("done") if order.reward == "tea" else None

    order = an_order("tea", deliver_to={"card": "theirs"})
    check_errands(zoo.plugin(fulfil), order)
    assert order.deliver_to == {"card": "theirs"}


def test_a_slow_errand_is_named(clock: list[float]) -> None:
    def fulfil(order: Order) -> Fulfilment | None:
        clock.append(ERRAND_DEADLINE_S + 1)
        return Fulfilment("done") if order.reward == "tea" else None

    with pytest.raises(AssertionError, match=r"^fulfil: it took over 30 s"):
        check_errands(zoo.plugin(fulfil), an_order("tea"))


def test_check_plugin_runs_no_errand() -> None:
    check_plugin(errand(SystemExit(3)), purchases=1)
