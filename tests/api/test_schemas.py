"""The quick way through a schema and marshmallow's own come to the same end."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from stoa.api.benefits import ClaimBody
from stoa.api.earning import EstimateBody, PurchaseBody
from stoa.api.history import PageQuery
from stoa.api.members import EnrolmentBody, LookupBody
from stoa.api.parked import OriginalReturnBody, QueueQuery
from stoa.api.receipts import PurchaseQuery, RedemptionQuery
from stoa.api.redemption import CaptureBody, HoldBody
from stoa.api.refunds import ExtensionBody, RefundBody
from stoa.api.returns import ReasonBody, ReturnBody
from stoa.api.schemas import StrictSchema
from stoa.errors import InvalidAmountError

CARD = {"type": "card", "value": "9900000000000002"}
LINE = {
    "line_no": 1, "sku": "A", "category": "grocery", "quantity": "1.5", "unit": "kg",
    "net": "10.00", "earn": True,
}  # fmt: skip
ORIGINAL = {"store": "main", "receipt_no": "R-1", "business_date": "2026-05-01"}
TENDER = {"kind": "card", "amount": "9.00"}
PURCHASE = {
    "member": CARD, "store": "main", "terminal": "t1", "receipt_no": "R-1",
    "occurred_at": "2026-05-01T12:00:00+08:00", "business_date": "2026-05-01", "currency": "CNY",
    "lines": [LINE], "tenders": [{"kind": "card", "amount": "10.00"}],
}  # fmt: skip
BODIES: list[tuple[type[StrictSchema], dict[str, Any]]] = [
    (PurchaseBody, PURCHASE),
    (EstimateBody, PURCHASE),
    (EnrolmentBody, {"display_name": "Ada", "locale": "en", "phone": "+8613800138000"}),
    (LookupBody, {"member": CARD, "store": "main"}),
    (HoldBody, {"member": CARD, "store": "main", "points": 10, "ttl_s": 60, "reference": "x"}),
    (HoldBody, {"member": CARD, "store": "main", "reward_id": "grocery:mug", "quantity": 2}),
    (CaptureBody, {"points": 10, "receipt_no": "R-2"}),
    (ReturnBody, {"receipt_no": "RR", "lines": [{"line_no": 1, "quantity": "1"}]}),
    (ReturnBody, {"receipt_no": "RR", "amount": "9.00", "tenders": [TENDER], "reason": "late"}),
    (ReturnBody, {"receipt_no": "RR", "lines": [{"line_no": 1, "amount": "1.00"}]}),
    (OriginalReturnBody, {"original": ORIGINAL, "receipt_no": "RR", "amount": "9.00"}),
    (QueueQuery, {"status": "awaiting", "limit": "25", "cursor": "ret_" + "0" * 26}),
    (RefundBody, {"points": 10, "receipt_no": "RF-1", "reason": "cold soup"}),
    (ExtensionBody, {"ttl_s": 60}),
    (RedemptionQuery, {"store": "main", "receipt_no": "R-1"}),
    (PurchaseQuery, {"store": "main", "receipt_no": "R-1", "business_date": "2026-05-01"}),
    (ReasonBody, {"reason": "wrong card"}),
    (ClaimBody, {"member": CARD, "store": "main", "benefit": "tea", "unit_price": "8.00"}),
    (PageQuery, {"cursor": "7", "limit": "25"}),
]
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 10**13), st.floats(allow_nan=False),
    st.text(max_size=6), st.lists(st.none(), max_size=2), st.just({}), st.just([{}]),
    st.sampled_from(["1.5", "2026-02-30", "2026-05-01", "card", "1e2", "-1", "\u202e", "CNY"]),
)  # fmt: skip


def outcome(read: Any, body: dict[str, Any]) -> Any:
    """Return what came out: a record, or the words of the refusal."""
    try:
        return read(body)
    except ValidationError as wrong:
        return wrong.messages
    except InvalidAmountError as wrong:
        return wrong.code, wrong.members


@pytest.mark.parametrize(("kind", "body"), BODIES, ids=lambda each: getattr(each, "__name__", ""))
def test_a_right_body_never_goes_the_long_way(
    kind: type[StrictSchema], body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = kind()
    wanted = schema.load(body)
    monkeypatch.setattr(schema, "load", _never)
    assert schema.read(body) == wanted


@settings(max_examples=300)
@given(data=st.data())
def test_both_ways_come_to_the_same_end(data: st.DataObject) -> None:
    kind, right = data.draw(st.sampled_from(BODIES))
    schema, body = kind(), dict(right)
    for name in data.draw(st.lists(st.sampled_from([*body, "tenant_id"]), max_size=3)):
        body[name] = data.draw(ODD)
    for name in data.draw(st.lists(st.sampled_from(list(body)), max_size=2)):
        body.pop(name, None)
    if "lines" in right and data.draw(st.booleans()):
        body["lines"] = [LINE | {data.draw(st.sampled_from([*LINE, "tax"])): data.draw(ODD)}]
    assert outcome(schema.read, body) == outcome(schema.load, body)


def _never(_: object) -> None:
    raise AssertionError("it went the long way")
