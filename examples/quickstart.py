"""Earn at the grocery shop, pay with points at the fuel shop, return a line, read the history."""

# ruff: noqa: INP001, T201 - a script, and it prints
from os import environ

from stoa_sdk import Client, Line, ReturnLine, new_key, qr

url = environ["STOA_URL"]
with (
    Client(url, environ["STOA_CLIENT_ID"], environ["STOA_CLIENT_SECRET"]) as grocery,
    Client(url, environ["STOA_FUEL_CLIENT_ID"], environ["STOA_FUEL_CLIENT_SECRET"]) as fuel,
):
    shop, pump = grocery.partner().stores[0], fuel.partner().stores[0]
    member = grocery.enrol(display_name="Ada Chen")
    bought = grocery.earn(
        member=member.member_ref,
        store=shop.code,
        receipt_no=f"R-{new_key()}",
        currency=shop.currency,
        lines=[Line(sku="PAN", category="household", net="836.00", quantity=2)],
    )
    print(f"{member.card} earned {bought.points}: {[line.arithmetic for line in bought.lines]}")
    half, phone = bought.balance.available // 2, grocery.member_code(member.member_ref)
    with fuel.hold(member=qr(phone.code), store=pump.code, points=half) as hold:
        print(f"{hold.points} points pay {hold.worth} at {pump.name}")
        hold.capture(receipt_no=f"F-{new_key()}")
    pan = ReturnLine(line_no=1, quantity=1)
    back = grocery.return_(bought.purchase_id, receipt_no=f"RR-{new_key()}", lines=[pan])
    print(f"one pan back takes {back.clawed_back} points, {back.debt_booked} are owed")
    print(f"left: {grocery.balance(member.member_ref).available} points")
    for entry in grocery.history(member.member_ref):
        why = entry.explanation or "at another store of the alliance"
        print(f"{entry.recorded_at:%H:%M:%S} {entry.kind} {entry.points:+d}: {why}")
