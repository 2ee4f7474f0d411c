from tills import app, cinema, grocery
from stoa.services import earning, log
from stoa.work import Actor
from world import Coalition, a_key

def test_it_logs(coalition: Coalition) -> None:
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    for who in (ada, bob, ada):
        with coalition.desk.work(coalition.as_grocery()) as work:
            earning.earn(work, coalition.a_purchase(who, lines=["10.00", "20.00"]), key=a_key())
    with coalition.desk.work(Actor("worker")) as work:
        assert log.append(work) == 3
    with coalition.desk.work(Actor("worker")) as work:
        assert log.append(work) == 0
    with coalition.desk.work(coalition.as_grocery()) as work:
        print(log.newest(work).note)
        r = log.receipt_of(work, ada.id, "STAR", 2, partner_id=coalition.grocery)
        print(r.entry); print(r.proof)
    with coalition.desk.work(Actor("worker")) as work:
        assert log.find_tampering(work) == []

def test_doors(grocery, coalition):
    m = grocery.enrol(); grocery.earn(m)
    ref = m["member_ref"]
    a = grocery.get(f"/members/{ref}/entries/1/proof"); print(a.status_code, a.json)
    with coalition.desk.work(Actor("worker")) as work:
        log.append(work)
    a = grocery.get(f"/members/{ref}/entries/1/proof"); print(a.status_code, a.json)
    c = grocery.client()
    for path in ("checkpoint","checkpoint/1","keys","tile/0/000.p/1","tile/0/000","consistency?from=1&to=1","consistency?from=1&to=2"):
        r=c.get("/v1/log/"+path); print(path, r.status_code, r.data[:200])
    print(c.post("/v1/log/cosignatures", data=c.get("/v1/log/checkpoint").data).json)
