"""The SDK's car parks speak to the real app: every record can be read from every real answer."""

from datetime import timedelta

import httpx2
import pytest
from apiflask import APIFlask

from garages import a_garage
from stoa_sdk import Client, GateEvent, MemberName, errors
from stoa_sdk.parking import AsyncParking, Parking
from tills import till_of
from world import NOON, Coalition, FixedClock


def test_the_sdk_reads_every_answer_about_parking(
    app: APIFlask, coalition: Coalition, clock: FixedClock
) -> None:
    garage = till_of(app, coalition.desk, a_garage(coalition, clock).id)
    transport = httpx2.WSGITransport(app=app)
    client = Client("http://localhost", garage.client_id, garage.secret, transport=transport)
    member = client.enrol(display_name="Ada")
    ref = member.member_ref
    assert [each.plate for each in client.parking.bind(ref, "滬a·12345").plates] == ["沪A12345"]
    assert client.parking.plates(ref).plates[0].since == NOON
    came = GateEvent(
        plate="沪A12345", state="IN", at=NOON - timedelta(hours=1), carpark="garage", gate="G1"
    )
    noted = client.parking.tell(came)
    assert (noted.status, noted.stay.state, noted.stay.stay_minutes) == ("noted", "inside", 60)
    rows = client.parking.tell_all(
        [came, GateEvent(plate="?!", state="IN", at=NOON, carpark="garage")]
    )
    assert [each.status for each in rows.events] == ["repeated", "refused"]
    assert client.parking.stays(state="inside", limit=5).stays == (noted.stay,)
    assert client.parking.stay(noted.stay.stay_id) == noted.stay
    assert client.parking.offline("garage").cars == ()
    quote = client.parking.quote(plate="沪A12345", member=MemberName("plate", "沪A12345"))
    assert (quote.due.amount, quote.member_ref) == (quote.fee.amount, ref)
    assert client.parking.find(quote.quote_id) == quote
    assert client.parking.apply(quote.quote_id, pay="money").status == "held"
    assert client.parking.capture(quote.quote_id).status == "paid"
    assert client.parking.release(quote.quote_id).status == "released"
    assert client.parking.unbind(ref, "沪A12345").plates == ()
    with pytest.raises(errors.NotFound):
        client.parking.quote(plate="AB 1")


def test_the_async_client_has_the_same_deeds() -> None:
    def deeds(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert deeds(Parking) == deeds(AsyncParking)
    assert AsyncParking.quote.__doc__ == Parking.quote.__doc__
