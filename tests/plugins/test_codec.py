"""Facts and answers as JSON: everything comes back as it went, and nothing else comes in."""

import json
from dataclasses import is_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa import hookspecs
from stoa.plugins import codec
from stoa.plugins.codec import CodecError
from stoa.testing import a_claim, a_purchase, a_standing, an_order
from stoa.values import facts
from stoa.values.events import Event
from stoa.values.facts import Benefit, EarnLine, Fulfilment, Grant, Refusal, Reward
from stoa.values.settings import Kind, Setting

RECORDS = [kind for name in facts.__all__ if is_dataclass(kind := getattr(facts, name)) and kind]
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))


def sent(data: Any) -> Any:
    return json.loads(json.dumps(data, allow_nan=False))


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_record_comes_back_as_it_went(kind: type) -> None:
    @given(st.builds(kind))
    def round_trip(record: Any) -> None:
        assert codec.read(kind, sent(codec.answer("any", record))) == record

    round_trip()


QUESTIONS: dict[str, dict[str, Any]] = {
    "settings": {},
    "refuse_purchase": {"purchase": a_purchase()},
    "earn_lines": {"purchase": a_purchase(), "standing": a_standing()},
    "benefits": {"standing": a_standing(), "at": NOW},
    "claim_benefit": {"claim": a_claim("seat", receipts=[5]), "standing": a_standing()},
    "rewards": {"at": NOW},
    "price_reward": {"order": an_order("tea"), "standing": a_standing()},
    "fulfil": {"order": an_order("tea", deliver_to={"card": "3104 77"})},
    "cancel_fulfilment": {"order": an_order("tea")},
    "happened": {"event": Event("evt_1", "points.earned", None, NOW.isoformat(), {"lots": [1]})},
}
ANSWERS: dict[str, Any] = {
    "settings": [
        Setting(
            "rows", Kind.TABLE, "Rows", [{"word": "a"}],
            columns=(Setting("word", Kind.CHOICE, "Word", "a", choices=("a", "b")),),
        )
    ],
    "refuse_purchase": Refusal("no", "Not today."),
    "earn_lines": [EarnLine(1, "base", "1 for coming", (1,))],
    "benefits": [Benefit("seat", "A seat", "ea", 1000, "for all")],
    "claim_benefit": Grant(1, "ea", 2, 3, "", 4, (1,)),
    "rewards": [Reward("tea", "A tea", 10, 100, titles=(("zh-Hans", "茶"),), until=NOW)],
    "price_reward": 5,
    "fulfil": Fulfilment("done", "T-1", ("A", "B"), stock_left=3),
    "cancel_fulfilment": Fulfilment("later"),
    "happened": None,
}  # fmt: skip


def test_every_hook_has_its_shapes() -> None:
    assert set(QUESTIONS) == set(ANSWERS) == set(hookspecs.__all__)


@pytest.mark.parametrize("hook", QUESTIONS)
def test_what_a_hook_is_given_comes_back_as_it_went(hook: str) -> None:
    given_ = QUESTIONS[hook] | ({} if hook == "settings" else {"settings": {"rows": [{"a": 1}]}})
    assert codec.facts(hook, sent(codec.question(hook, given_))) == given_


@pytest.mark.parametrize("hook", ANSWERS)
def test_what_a_hook_answers_comes_back_as_it_went(hook: str) -> None:
    assert codec.answered(hook, sent(codec.answer(hook, ANSWERS[hook]))) == ANSWERS[hook]
    assert codec.answered(hook, None) is None


def test_a_refused_claim_is_told_from_a_granted_one() -> None:
    refusal = Refusal("no", "Not today.")
    assert codec.answered("claim_benefit", sent(codec.answer("claim_benefit", refusal))) == refusal


LINE = {"points": 1, "reason": "base"}
SETTING = {"name": "a", "kind": "text", "label": "A", "default": ""}
NO_ANSWERS: list[tuple[str, Any]] = [
    ("earn_lines", "many"),
    ("earn_lines", {"points": 1}),
    ("earn_lines", [None]),
    ("earn_lines", [LINE | {"account": "wallet:other"}]),
    ("earn_lines", [{"reason": "base"}]),
    ("earn_lines", [LINE | {"points": 1.0}]),
    ("earn_lines", [LINE | {"points": True}]),
    ("earn_lines", [LINE | {"points": "1"}]),
    ("earn_lines", [LINE | {"line_nos": "12"}]),
    ("earn_lines", [LINE | {"line_nos": {"1": 1}}]),
    ("earn_lines", [LINE | {"says": [{"kind": "no kind", "figures": {}}]}]),
    ("earn_lines", [LINE | {"says": [{"kind": "visit", "figures": {"points": 1.5}}]}]),
    ("earn_lines", [LINE | {"says": [{"kind": 7, "figures": {}}]}]),
    ("refuse_purchase", True),
    ("claim_benefit", {}),
    ("claim_benefit", {"grant": {}, "refusal": {}}),
    ("claim_benefit", {"code": "no", "detail": ""}),
    ("price_reward", True),
    ("price_reward", 1.5),
    ("rewards", [{"code": "a", "title": "A", "points": 1, "worth_minor": 1, "until": "soon"}]),
    ("rewards", [{"code": "a", "title": "A", "points": 1, "worth_minor": 1, "until": 5}]),
    ("rewards", [{"code": "a", "title": "A", "points": 1, "worth_minor": 1, "titles": [["x"]]}]),
    ("settings", [SETTING | {"more": 1}]),
    ("settings", [{"name": "a"}]),
    ("settings", [SETTING | {"kind": "number"}]),
    ("happened", "yes"),
]


@pytest.mark.parametrize(("hook", "data"), NO_ANSWERS)
def test_what_is_no_answer_is_refused(hook: str, data: Any) -> None:
    with pytest.raises(CodecError):
        codec.answered(hook, data)


def test_what_is_no_question_is_refused() -> None:
    wrong: list[Any] = [None, {}, {"purchase": {}, "settings": {}}, {"at": NOW.isoformat()}]
    for data in wrong:
        with pytest.raises(CodecError):
            codec.facts("refuse_purchase", data)
    with pytest.raises(CodecError):
        codec.question("rewards", {"at": 1.5})
    with pytest.raises(CodecError):
        codec.read(facts.EarnedLine, {"expires_on": "tomorrow"})
    with pytest.raises(CodecError):
        codec.read(facts.EarnedLine, {
            "reason": "", "points": 1, "payer": "", "arithmetic": "", "expires_on": "tomorrow",
            "on": {},
        })  # fmt: skip


@pytest.mark.parametrize("answer", [1.5, object(), {1, 2}, iter([LINE]), [1, b""]])
def test_what_has_no_json_shape_is_no_answer(answer: Any) -> None:
    with pytest.raises(CodecError):
        codec.answer("earn_lines", answer)
    with pytest.raises(CodecError):
        codec.answer("claim_benefit", answer)
