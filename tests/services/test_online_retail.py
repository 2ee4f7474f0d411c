"""The example of the Online Retail data: its documents fit each other and the file's shape."""

from pathlib import Path

from stoa.services import alliances, imports
from stoa.values.alliance import read_alliance
from stoa.values.mapping import read_mapping
from stoa.work import Actor, Desk

EXAMPLE = Path(__file__).parents[2] / "examples" / "online-retail"
LINES = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
500001,85000A,"A ""large"" lamp",6,2010-12-01T08:26,2.50,10001,United Kingdom
500001,71001,A lantern,6,2010-12-01T08:26,3.00,10001,United Kingdom
500001,85001,A shade,2,2010-12-01T08:27,0.00,10001,United Kingdom
500001,POST,Postage,1,2010-12-01T08:26,18.00,10001,United Kingdom
500002,21001,Paper,10,2010-12-01T09:00,1.00,,United Kingdom
A500003,B,Adjust bad debt,1,2010-12-01T09:00,-11062.06,,United Kingdom
C500004,85000A,A lamp,-7,2010-12-02T10:00,2.50,10001,United Kingdom
C500004,D,Discount,-1,2010-12-02T10:00,9.00,10001,United Kingdom
C500005,22001,A kettle,-1,2010-12-02T11:00,9.00,10002,France
500006,23001,A gift,80995,2011-12-09T09:15,2.08,10002,France
"""


def test_the_example_takes_the_file(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "online_retail.csv"
    path.write_text(LINES, "utf-8")
    with desk.work(Actor("cli")) as work:
        done = alliances.found(work, read_alliance((EXAMPLE / "alliance.toml").read_text("utf-8")))
    assert done["stores added"] == done["partners added"] == 12
    mapping = read_mapping((EXAMPLE / "mapping.toml").read_text("utf-8"))
    report = imports.run_import(desk, path, mapping)
    assert {name: report.counts[name] for name in imports.CLASSES} == {
        "earned": 4, "returned": 1, "unmatched_return": 1, "no_member": 2, "non_article": 2,
        "already_known": 0, "rejected": 0,
    }  # fmt: skip
    assert [(row.line, row.code) for row in report.wrong] == [
        (8, "RETURN_PARTLY_UNMATCHED"),
        (10, "RETURN_UNMATCHED"),
    ]
    with desk.work(Actor("test")) as work:
        sold = work.rows("""
            SELECT p.code, u.receipt_no, u.total_minor, u.status, u.occurred_at::text
              FROM purchases u JOIN partners p ON p.id = u.partner_id ORDER BY 2, 1
        """)
    assert [tuple(row) for row in sold] == [
        ("bazaar", "500001", 1800, "posted", "2010-12-01 08:26:00+00"),
        ("decor", "500001", 1500, "posted", "2010-12-01 08:26:00+00"),
        ("gifts", "500006", 16846960, "posted", "2011-12-09 09:15:00+00"),
    ]
    assert report.counts["points_earned"] == 18 + 15 + 252704
    assert report.counts["points_taken_back"] == 15
