"""The partner's own server answers: signed both ways, checked as any plugin, at its own cost."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import stoa_remote
from answering import KEY, Answering
from stoa.egress import Egress
from stoa.errors import PluginFailedError
from stoa.plugins import Housing, Plugins
from stoa.plugins.remote import Remote
from stoa.testing import a_claim, a_purchase, a_standing, an_order
from stoa.values.facts import EarnLine, Fulfilment, Refusal
from stoa.values.settings import read_settings

LINE = {"points": 5, "reason": "base", "arithmetic": "5 for coming", "line_nos": [1]}


def by_hook(hook: str, facts: Any) -> Any:
    if hook == "earn_lines":
        return [LINE] if facts["purchase"]["lines"] else []
    if hook == "claim_benefit":
        return {"refusal": {"code": "no", "detail": "Not today."}}
    if hook == "fulfil":
        return {"state": "done", "reference": facts["order"]["id"]}
    return None


@pytest.fixture
def partner() -> Iterator[Answering]:
    with Answering(by_hook) as answering:
        yield answering


@pytest.fixture
def plugins(partner: Answering) -> Plugins:
    return Plugins({"remote": stoa_remote}, housing=Housing(egress=Egress(allow=[partner.place])))


def knobs(partner: Answering, **more: Any) -> dict[str, Any]:
    given = {"url": partner.url, "key": KEY, "deadline_ms": 2000, "asks_claim_benefit": True,
             "asks_fulfil": True} | more  # fmt: skip
    return read_settings(stoa_remote.KNOBS, given)


def earn(plugins: Plugins, settings: dict[str, Any]) -> list[EarnLine]:
    return plugins.earn_lines("remote", a_purchase(), a_standing(), settings)


def why(plugins: Plugins, settings: dict[str, Any]) -> str:
    with pytest.raises(PluginFailedError) as failed:
        earn(plugins, settings)
    return failed.value.__notes__[0]


def test_questions_and_errands_are_answered_over_the_line(
    plugins: Plugins, partner: Answering
) -> None:
    assert plugins.get("remote").where == "remote"
    settings = knobs(partner)
    assert earn(plugins, settings) == [EarnLine(5, "base", "5 for coming", (1,))]
    refused = plugins.claim_benefit("remote", a_claim("seat"), a_standing(), settings)
    assert refused == Refusal("no", "Not today.")
    done = plugins.fulfil("remote", an_order("tea"), settings)
    assert done == Fulfilment("done", "hld_checked")
    assert [hook for hook, _ in partner.asked] == ["earn_lines", "claim_benefit", "fulfil"]


def test_it_is_asked_over_the_line_wherever_its_settings_are_read(partner: Answering) -> None:
    housing = Housing(egress=Egress(allow=[partner.place]))
    plugins = Plugins({}, apart={"remote": "stoa_remote"}, housing=housing)
    try:
        assert plugins.get("remote").where == "remote"
        assert earn(plugins, knobs(partner)) == [EarnLine(5, "base", "5 for coming", (1,))]
    finally:
        plugins.close()


def test_what_is_not_chosen_is_not_asked_and_the_key_stays_here(
    plugins: Plugins, partner: Answering
) -> None:
    settings = knobs(partner)
    assert plugins.refuse_purchase("remote", a_purchase(), settings) is None
    assert earn(plugins, knobs(partner, url="")) == []
    assert partner.asked == []
    earn(plugins, settings)
    [(_, facts)] = partner.asked
    assert set(facts) == {"purchase", "standing"}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda s, h, b: (s, h, b.replace(b'"points": 5', b'"points": 6')), "not signed"),
        (lambda s, h, b: (s, h | {"webhook-signature": "v1,AAAA"}, b), "not signed"),
        (lambda s, h, b: (s, h | {"webhook-timestamp": "1000000000"}, b), "another time"),
        (lambda s, _h, b: (s, {}, b), "another time"),
        (lambda _s, h, b: (500, h, b), "answered 500"),
        (lambda _s, h, b: (302, h | {"Location": "http://127.0.0.1/"}, b), "answered 302"),
        (lambda s, h, b: (s, h, b + b" " * 70_000), "too long"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_believed_is_none(
    spoil: Any, told: str, plugins: Plugins, partner: Answering
) -> None:
    partner.spoil = spoil
    assert told in why(plugins, knobs(partner))


@pytest.mark.parametrize(
    "answer",
    [
        "many", [LINE | {"points": -1}], [LINE | {"account": "other"}], [LINE | {"points": 1.0}],
        {"points": 1}, [LINE] * 501, [LINE | {"line_nos": [99]}],
    ],
)  # fmt: skip
def test_garbage_is_a_failure_whoever_signs_it(
    answer: Any, plugins: Plugins, partner: Answering
) -> None:
    partner.answer = lambda _hook, _facts: answer
    assert why(plugins, knobs(partner))


def test_an_answer_to_another_question_is_not_believed(
    plugins: Plugins, partner: Answering
) -> None:
    kept: list[Any] = []

    def keep(status: int, headers: dict[str, str], body: bytes) -> Any:
        kept.append((status, headers, body))
        return kept[0]

    partner.spoil = keep
    assert earn(plugins, knobs(partner))
    assert "not signed" in why(plugins, knobs(partner))


def test_a_late_answer_fails_by_the_deadline_and_five_open_the_breaker_of_one_partner(
    plugins: Plugins, partner: Answering
) -> None:
    over = threading.Event()
    partner.answer = lambda hook, facts: over.wait(5) and by_hook(hook, facts)
    settings = knobs(partner, deadline_ms=50)
    told = [why(plugins, settings) for _ in range(6)]
    over.set()
    assert "within 0.05 s" in told[0]
    assert "tried again in" in told[5]
    figures = plugins.health("remote", settings)
    assert (figures.breaker, figures.failures) == ("open", {"late": 5, "open": 1})
    partner.answer = by_hook
    assert earn(plugins, knobs(partner, url=f"{partner.url}/other"))  # another partner's server
    plugins.try_again("remote", settings)
    assert earn(plugins, settings | {"deadline_ms": 2000})


def test_a_key_that_is_none_and_a_server_that_is_down_are_told(
    plugins: Plugins, partner: Answering
) -> None:
    assert "no whsec_" in why(plugins, knobs(partner, key="whsec_c2hvcnQ="))
    assert "no whsec_" in why(plugins, knobs(partner, key="not base 64!"))
    assert why(plugins, knobs(partner, url="https://127.0.0.1/"))
    assert why(plugins, knobs(partner, url="http://localhost/"))


def test_a_request_with_a_wrong_key_is_refused_by_the_reference_server(
    plugins: Plugins, partner: Answering
) -> None:
    other = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
    assert "answered 401" in why(plugins, knobs(partner, key=other))
    assert partner.asked == []


def test_only_hooks_of_the_core_can_be_chosen() -> None:
    remote = Remote("remote", egress=Egress())
    settings = read_settings(stoa_remote.KNOBS, {"url": "https://rules.example"})
    asked = [hook for hook, _, _ in stoa_remote.ASKED if remote.answers(hook, settings)]
    assert asked == ["earn_lines"]
