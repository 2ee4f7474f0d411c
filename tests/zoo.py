"""Plugins that break the contract, each in one way, and a good one to stand beside them."""

import random
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from stoa import hookimpl, hookspecs
from stoa.values.arithmetic import Arithmetic, plain, visit
from stoa.values.arithmetic import Kind as Reckoned
from stoa.values.events import Event
from stoa.values.facts import Benefit, Claim, EarnLine, Grant, Purchase, Refusal, Reward
from stoa.values.settings import Kind, Setting

KNOB = Setting("knob", Kind.INTEGER, "Knob", 7)
TABLE = Setting("rows", Kind.TABLE, "Rows", ({"word": "a"},), columns=(KNOB,))
_DICE = random.SystemRandom()
LINE = EarnLine(1, "base", "1 for coming", (1,))
BENEFIT = Benefit("seat", "A seat", "ea", 1000, "for all")
REWARD = Reward("tea", "A tea", 10, 100)


def plugin(*hooks: Callable[..., Any], title: str | None = "A title.\n\nA text.") -> ModuleType:
    """Build a plugin of some functions, each named after its hook."""
    module = ModuleType("made", title)
    for hook in hooks:
        setattr(module, hook.__name__, hookimpl(hook))
    return module


def function(name: str, answer: Any = None) -> Callable[[], Any]:
    """Build a function that always answers alike."""

    def answering() -> Any:
        return answer

    answering.__name__ = name
    return answering


def answers(hook: str, answer: Any) -> ModuleType:
    """Build a plugin that answers one hook, always alike."""
    return plugin(function(hook, answer))


def raises(hook: str, wrong: BaseException) -> ModuleType:
    """Build a plugin that raises in one hook."""

    def raising() -> None:
        raise wrong

    raising.__name__ = hook
    return plugin(raising)


def a_good_one() -> ModuleType:
    """Build a plugin that keeps the contract."""

    def settings() -> list[Setting]:
        return [KNOB]

    def earn_lines(purchase: Purchase, settings: Mapping[str, Any]) -> list[EarnLine]:
        points = settings["knob"] if purchase.earning_minor else 0
        return [EarnLine(points, "visit", "for a visit")]

    return plugin(settings, earn_lines)


def one_that_changes_its_settings() -> ModuleType:
    """Build a plugin that answers by its settings and changes them."""

    def earn_lines(settings: dict[str, Any]) -> list[EarnLine]:
        settings["knob"] += 1
        settings["rows"][0]["word"] = "b"
        return [EarnLine(settings["knob"], "knob", settings["rows"][0]["word"])]

    return plugin(earn_lines)


def one_that_counts() -> ModuleType:
    """Build a plugin that remembers how often it was asked."""
    asked: list[int] = []

    def earn_lines(purchase: Purchase) -> list[EarnLine]:
        asked.append(1)
        return [EarnLine(len(asked) if purchase.earning_minor else 0, "count", "")]

    return plugin(earn_lines)


def one_that_dices() -> ModuleType:
    """Build a plugin that answers by chance."""

    def earn_lines(purchase: Purchase) -> list[EarnLine]:
        points = _DICE.randint(1, 10**9) if purchase.earning_minor else 0
        return [EarnLine(points, "luck", "")]

    return plugin(earn_lines)


def one_that_changes_the_purchase() -> ModuleType:
    """Build a plugin that breaks into a frozen record."""

    def earn_lines(purchase: Purchase) -> list[EarnLine]:
        object.__setattr__(purchase, "store", purchase.store + "!")
        return []

    return plugin(earn_lines)


def one_that_changes_events() -> ModuleType:
    """Build a plugin that changes what it is told."""

    def happened(event: Event) -> None:
        event.facts["points"] = 10**12
        event.facts["lots"].append(2)

    return plugin(happened)


def one_that_notes_purchases(seen: list[str]) -> ModuleType:
    """Build a plugin that notes each purchase it is asked about."""

    def settings() -> list[Setting]:
        column = Setting("category", Kind.TEXT, "Category", "")
        return [Setting("rows", Kind.TABLE, "Rows", (), columns=(column,))]

    def refuse_purchase(purchase: Purchase) -> None:
        seen.append(repr(purchase))

    return plugin(settings, refuse_purchase)


def one_that_takes(clock: list[float], times: Iterator[float]) -> ModuleType:
    """Build a plugin that takes its time, on a clock of the test's own."""

    def earn_lines() -> None:
        clock.append(next(times))

    return plugin(earn_lines)


def one_that_refuses_claims() -> ModuleType:
    """Build a plugin that lists a benefit and refuses every claim for it."""

    def claim_benefit(claim: Claim) -> Refusal | None:
        return Refusal("no", "Not today.") if claim.benefit == BENEFIT.code else None

    return plugin(function("benefits", [BENEFIT]), claim_benefit)


def one_that_grants_all() -> ModuleType:
    """Build a plugin that grants whatever is asked for."""

    def claim_benefit(claim: Claim) -> Grant | None:
        if claim.benefit != BENEFIT.code:
            return None
        return Grant(claim.quantity_milli or 0, BENEFIT.unit, 0, 0, "all of it")

    return plugin(function("benefits", [BENEFIT]), claim_benefit)


def one_that_listens(name: str, seen: list[str]) -> ModuleType:
    """Build a plugin that notes each call it gets."""

    def listener(hook: str) -> Callable[[], None]:
        def listening() -> None:
            seen.append(f"{name} {hook}")

        listening.__name__ = hook
        return listening

    return plugin(*(listener(hook) for hook in hookspecs.__all__ if hook != "settings"))


def one_that_wraps() -> ModuleType:
    """Build a plugin that would answer in place of the others."""

    def earn_lines() -> Generator[None, Any, list[EarnLine]]:
        yield
        return [EarnLine(10**12, "mine", "all mine")]

    module = plugin()
    vars(module)["earn_lines"] = hookimpl(earn_lines, wrapper=True, tryfirst=True)
    return module


class Unspeakable:
    """A thing that can't even be shown."""

    def __repr__(self) -> str:
        raise SystemExit

    def __len__(self) -> int:
        raise SystemExit

    def __iter__(self) -> Iterator[int]:
        raise SystemExit


class Word(str):
    """A text that is more than a text."""

    __slots__ = ()


def _seats(code: Any = "seat", available: Any = 1, unit: Any = "ea") -> list[Any]:
    return [Benefit(code, "A seat", unit, available, "")]


def written(lines: list[EarnLine]) -> list[EarnLine]:
    """Return lines as a person would write them: with their plain text in place of figures."""
    return [
        replace(line, arithmetic=plain(line.says) if line.says else line.arithmetic, says=())
        for line in lines
    ]


def _earns(
    points: Any = 1, reason: Any = "base", text: Any = "", numbers: Any = (), says: Any = ()
) -> list[Any]:
    return [EarnLine(points, reason, text, numbers, says)]


def _grants(quantity: Any = 1, worth: Any = 1, due: Any = 1, points: Any = None) -> Grant:
    return Grant(quantity, "ea", worth, due, "", points)


def _rewards(code: Any = "tea", points: Any = 10, worth: Any = 1, most: Any = 1) -> list[Any]:
    return [Reward(code, "A tea", points, worth, most)]


def _generated(lines: list[EarnLine]) -> Iterator[EarnLine]:
    yield from lines


GARBAGE: dict[str, tuple[str, Any]] = {
    "a text for lines": ("earn_lines", "many"),
    "a number for lines": ("earn_lines", 5),
    "one line for many": ("earn_lines", LINE),
    "a generator of lines": ("earn_lines", _generated([LINE])),
    "a mapping for lines": ("earn_lines", {"base": 1}),
    "a list of other things": ("earn_lines", [LINE, 7]),
    "a list of nothing": ("earn_lines", [None]),
    "a huge list": ("earn_lines", [LINE] * 501),
    "an unspeakable thing": ("earn_lines", Unspeakable()),
    "a list of the unspeakable": ("earn_lines", [Unspeakable()]),
    "negative points": ("earn_lines", _earns(-1)),
    "float points": ("earn_lines", _earns(1.0)),
    "true for points": ("earn_lines", _earns(points=True)),
    "points as text": ("earn_lines", _earns("5")),
    "no points": ("earn_lines", _earns(None)),
    "too many points": ("earn_lines", _earns(10**12 + 1)),
    "no reason": ("earn_lines", _earns(reason="")),
    "a reason of two lines": ("earn_lines", _earns(reason="a\nb")),
    "a long reason": ("earn_lines", _earns(reason="x" * 65)),
    "a reason that is more than a text": ("earn_lines", _earns(reason=Word("base"))),
    "arithmetic that is long": ("earn_lines", _earns(text="x" * 501)),
    "arithmetic with a zero byte": ("earn_lines", _earns(text="a\0")),
    "arithmetic with half a character": ("earn_lines", _earns(text="\ud800")),
    "a text for figures": ("earn_lines", _earns(says="1 for coming")),
    "a list of figures": ("earn_lines", _earns(says=[visit(1)])),
    "figures of nothing": ("earn_lines", _earns(says=(None,))),
    "figures of no kind": ("earn_lines", _earns(says=(Arithmetic("visit", {"points": 1}),))),  # type: ignore[arg-type]
    "figures that are missing": ("earn_lines", _earns(says=(Arithmetic(Reckoned.VISIT, {}),))),
    "a float figure": (
        "earn_lines",
        _earns(says=(Arithmetic(Reckoned.VISIT, {"points": 1.5}),)),  # type: ignore[dict-item]
    ),
    "figures without end": ("earn_lines", _earns(says=(visit(1),) * 5)),
    "an unknown line": ("earn_lines", _earns(numbers=(99,))),
    "a line twice": ("earn_lines", _earns(numbers=(1, 1))),
    "lines as a list": ("earn_lines", _earns(numbers=[1])),
    "lines as a text": ("earn_lines", _earns(numbers="1")),
    "a float line": ("earn_lines", _earns(numbers=(1.0,))),
    "true for a line": ("earn_lines", _earns(numbers=(True,))),
    "lines without end": ("earn_lines", _earns(numbers=iter(int, 1))),
    "true for a refusal": ("refuse_purchase", True),
    "a refusal without code": ("refuse_purchase", Refusal("", "no")),
    "a refusal without text": ("refuse_purchase", Refusal("no", None)),  # type: ignore[arg-type]
    "a float price": ("price_reward", 1.5),
    "a price of nothing": ("price_reward", 0),
    "a price of true": ("price_reward", True),
    "a grant of another kind": ("claim_benefit", {"quantity_milli": 1}),
    "a negative grant": ("claim_benefit", _grants(-1)),
    "a float worth": ("claim_benefit", _grants(worth=1.5)),
    "a negative due": ("claim_benefit", _grants(due=-1)),
    "a due beyond money": ("claim_benefit", _grants(due=10**15 + 1)),
    "a float points option": ("claim_benefit", _grants(points=1.5)),
    "a points option of nothing": ("claim_benefit", _grants(points=0)),
    "a refusal of a claim without code": ("claim_benefit", Refusal("", "no")),
    "a text for benefits": ("benefits", "seat"),
    "a benefit without code": ("benefits", _seats(code="")),
    "a float benefit": ("benefits", _seats(available=1.5)),
    "a negative benefit": ("benefits", _seats(available=-1)),
    "a text for rewards": ("rewards", "tea"),
    "a reward without code": ("rewards", _rewards(code="")),
    "a free reward": ("rewards", _rewards(points=0)),
    "a reward of negative worth": ("rewards", _rewards(worth=-1)),
    "a reward of which there is none": ("rewards", _rewards(most=0)),
}
"""Answers that nobody can use, by what is wrong with them: the hook and the answer."""


WITHIN: dict[str, tuple[str, Any]] = {
    "a long list": ("earn_lines", [LINE] * 500),
    "a tuple of lines": ("earn_lines", (LINE,)),
    "the most points": ("earn_lines", _earns(10**12)),
    "no points at all": ("earn_lines", _earns(0)),
    "the longest reason": ("earn_lines", _earns(reason="x" * 64)),
    "the longest arithmetic": ("earn_lines", _earns(text="飲" * 500)),
    "many figures": ("earn_lines", _earns(says=(visit(10**18),) * 4)),
    "a price of one": ("price_reward", 1),
    "the highest price": ("price_reward", 10**12),
    "the highest grant": ("claim_benefit", _grants(10**15, 10**15, 10**15, 10**12)),
    "a grant of nothing": ("claim_benefit", _grants(0, 0, 0)),
    "the most of a reward": ("rewards", _rewards(points=10**12, worth=10**15, most=999)),
    "a benefit that is used up": ("benefits", _seats(available=0)),
}
"""Answers just within the limits: the hook and the answer."""


def bad_settings() -> dict[str, ModuleType]:
    """Build plugins whose settings can't be used, by what is wrong with them."""
    return {
        "raises": raises("settings", ValueError("boom")),
        "exits": raises("settings", SystemExit(3)),
        "no list": answers("settings", {"knob": 7}),
        "no settings": answers("settings", ["knob"]),
        "one name twice": answers("settings", [KNOB, KNOB]),
        "no identifier": answers("settings", [Setting("a knob", Kind.INTEGER, "", 7)]),
        "a default of another kind": answers("settings", [Setting("a", Kind.INTEGER, "", "x")]),
        "a default out of range": answers("settings", [Setting("a", Kind.INTEGER, "", -1)]),
        "a kind that is none": answers("settings", [Setting("a", "number", "", 1)]),  # type: ignore[arg-type]
        "a table with other rows": answers("settings", [TABLE]),
    }


def broken_contracts() -> dict[str, tuple[ModuleType, str]]:
    """Build plugins that the core could bear, yet that break the contract, with the complaint."""

    def benefits() -> list[Benefit]:
        return [BENEFIT]

    def claim_benefit(claim: Claim) -> Grant | None:
        return Grant(10**9, "ea", 1, 0, "take it all") if claim.benefit == "seat" else None

    def rewards() -> list[Reward]:
        return [REWARD, REWARD]

    return {
        "counts": (one_that_counts(), "asked twice"),
        "dices": (one_that_dices(), "asked twice"),
        "changes the purchase": (one_that_changes_the_purchase(), "changed what it was asked"),
        "pays for points": (answers("earn_lines", _earns()), "only earning_minor earns"),
        "grants nobody's benefit": (answers("claim_benefit", _grants()), "nobody offers this"),
        "grants in another unit": (
            plugin(function("benefits", _seats(unit="h")), claim_benefit),
            "it granted 'ea' of a benefit in 'h'",
        ),
        "grants more than asked": (
            plugin(benefits, claim_benefit),
            "granted more than was asked for",
        ),
        "lists what it does not give": (plugin(benefits), "answered with None"),
        "two benefits with one code": (answers("benefits", [BENEFIT, BENEFIT]), "one code"),
        "two rewards with one code": (plugin(rewards), "one code"),
        "prices nobody's reward": (answers("price_reward", 5), "nobody offers this"),
        "fails at a notice": (raises("happened", ValueError("boom")), "happened: it raised Value"),
        "answers nothing": (plugin(), "answers no hook"),
        "has no title": (plugin(benefits, title=None), "docstring"),
    }
