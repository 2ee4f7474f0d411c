"""The room of imports: a file in, its columns said, tried, imported, the bad rows out."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from stoa.services import earning, ledger, uploads
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from windows import Open, faults, fits, sign_in
from world import Coalition, Someone, a_key

NOW_AND_THEN = "2026-04-01 10:00"


def _sales(ada: Someone, *more: str) -> bytes:
    rows = ["Receipt,Time,Card,SKU,Qty,Amount", f"R1,{NOW_AND_THEN},{ada.token.value},a,1,100.00"]
    return "\n".join([*rows, *more]).encode()


def _hand_in(visitor: Visitor, raw: bytes, name: str = "sales.csv") -> str:
    visitor.get("/admin/imports")
    form = {"csrf_token": visitor.token, "kind": "purchases", "file": (io.BytesIO(raw), name)}
    answer = visitor.client.post("/admin/imports", data=form, content_type="multipart/form-data")
    return answer.location if answer.status_code == 303 else text_of(answer)


_SELECT = r'<select[^>]* name="([^"]+)".*?(?:<option value="([^"]*)" selected|</select>)'
_INPUT = r'<input class="form-control"[^>]* name="([^"]+)"[^>]* value="([^"]*)"'


def _form(visitor: Visitor, address: str) -> dict[str, str]:
    page = visitor.get(address).text
    return dict(re.findall(_SELECT, page, re.DOTALL)) | dict(re.findall(_INPUT, page))


def _wrong(visitor: Visitor, address: str) -> list[list[str]]:
    text = visitor.get(f"{address}/wrong.csv").text.removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text)))


def _points(desk: Desk, who: Someone) -> int:
    with desk.work(Actor("cli")) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


def test_a_file_is_guessed_tried_and_imported_and_its_bad_rows_come_out_with_what_to_do(
    operator: Visitor, coalition: Coalition
) -> None:
    ada, desk = coalition.a_member(), coalition.desk
    bad = f"=R2,soon,{ada.token.value},a,1,9.00"
    address = _hand_in(operator, _sales(ada, bad, f"R3,{NOW_AND_THEN},4711,a,1,9.00"))
    form = _form(operator, address)
    assert (form["receipt"], form["member"], form["price_is"]) == ("Receipt", "Card", "amount")
    refused = operator.post(address, **form | {"quantity": "SKU"}, do="try")
    assert refused.status_code == 422
    assert text_of(refused).count("This column is chosen twice.") == 2
    assert "Choose a store, or the column that names it." in text_of(refused)

    said = form | {"store": "grocery/main", "time_format": "%Y-%m-%d %H:%M", "keep_as": "Our tills"}
    assert operator.post(address, **said, do="try").status_code == 303
    assert "hx-trigger" in operator.get(address).text
    assert uploads.carry_on(desk) == 1
    tried = text_of(operator.get(address))
    assert "What would be imported" in tried
    assert "3 Time This is no such time " in tried
    assert "Choose how times are written, or mend the cell." in tried
    assert _points(desk, ada) == 0

    rows = _wrong(operator, address)
    assert rows[0][-5:] == ["stoa_line", "stoa_column", "stoa_code", "stoa_wrong", "stoa_do"]
    assert rows[1][:2] == ["'=R2", "soon"]
    assert [row[6:9] for row in rows[1:]] == [
        ["3", "Time", "INVALID_TIME"], ["4", "Card", "INVALID_MEMBER"],
    ]  # fmt: skip

    assert operator.post(f"{address}/import").status_code == 303
    assert uploads.carry_on(desk) == 1
    assert "What was imported" in text_of(operator.get(address))
    assert _points(desk, ada) == 100
    again = _hand_in(operator, _sales(ada, bad))
    assert "The same file was imported before" not in text_of(operator.get(again))
    again = _hand_in(operator, _sales(ada, bad, f"R3,{NOW_AND_THEN},4711,a,1,9.00"))
    assert "The same file was imported before" in text_of(operator.get(again))
    operator.post(again, kept="Our tills", do="use")
    assert _form(operator, again)["store"] == "grocery/main"
    listed = text_of(operator.get("/admin/imports"))
    assert "sales.csv" in listed
    assert "Grace Lam" in listed


def test_what_can_not_be_read_or_is_too_large_is_told_in_words(
    operator: Visitor, coalition: Coalition
) -> None:
    assert "Save it as CSV" in _hand_in(operator, b"PK\x03\x04", "book.xlsx")
    assert "Choose a file." in _hand_in(operator, b"", "")
    assert "No file was handed in yet" in text_of(operator.get("/admin/imports"))
    raw = _sales(coalition.a_member()) + b"\nR2,,,,," * 80_000  # larger than a form may be
    parts = [("csrf_token", "", operator.token.encode()), ("kind", "", b"purchases")]
    parts.append(("file", '; filename="sales.csv"', raw))
    body = b"".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()
        + told
        + b"\r\n"
        for name, more, told in parts
    )
    taken = operator.client.post(
        "/admin/imports", data=body + b"--x--", content_type="multipart/form-data; boundary=x"
    )
    assert taken.location.startswith("/admin/imports/upl_")


def test_an_import_is_not_begun_before_it_was_tried_and_not_cancelled_when_it_is_over(
    operator: Visitor, auditor: Visitor, coalition: Coalition
) -> None:
    address = _hand_in(operator, _sales(coalition.a_member()))
    operator.post(f"{address}/import")
    assert "Try the file first" in text_of(operator.get(address))
    operator.post(f"{address}/cancel")
    assert "The import is over already." in text_of(operator.get(address))
    assert uploads.carry_on(coalition.desk) == 0
    assert "Try it" not in text_of(auditor.get(address))
    assert auditor.post(f"{address}/import").status_code == 403


@pytest.mark.browser
def test_the_room_in_a_browser(open_page: Open, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada), key=a_key())
    page = open_page()
    sign_in(page)
    page.goto("/admin/imports")
    assert faults(page) == []
    raw = _sales(ada, f"R2,soon,{ada.token.value},a,1,9.00")
    page.locator("#f-file").set_input_files(
        {"name": "sales.csv", "mimeType": "text/csv", "buffer": raw}
    )
    page.get_by_role("button", name="Hand it in").click()
    page.locator("#f-store").select_option("grocery/main")
    page.locator("#f-time_format").select_option("%Y-%m-%d %H:%M")
    assert faults(page) == []
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("status").first).to_contain_text("0 %")
    uploads.carry_on(coalition.desk)
    expect(page.locator("#outcome")).to_have_text("What would be imported")  # by itself
    assert faults(page) == []
    page.get_by_role("button", name="Import it").first.click()
    page.locator("#import .btn-primary").click()
    uploads.carry_on(coalition.desk)
    expect(page.locator("#outcome")).to_have_text("What was imported")
    here = page.url
    for language in ("en", "zh_Hant"):
        small = open_page(width=390, theme="dark", language=language)
        sign_in(small)
        for path in ("/admin/imports", here):
            small.goto(path)
            assert (faults(small), fits(small)) == ([], True)
