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
