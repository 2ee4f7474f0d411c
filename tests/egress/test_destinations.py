"""Which destinations are refused: every form of the list, when named and when looked up."""

from collections.abc import Sequence

import pytest

from stoa.egress import Destination, Egress, read_place, read_url, why_not_public
from stoa.errors import DestinationNotAllowedError

INSIDE_TEXT = """
127.0.0.1 10.0.0.1 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 100.100.100.200 198.18.0.1
192.0.0.170 192.0.0.8 192.0.2.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 0.0.0.0 192.88.99.1
198.51.100.7 168.63.129.16 172.31.255.255 10.255.255.255 239.255.255.250
:: ::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
64:ff9b:1::a9fe:a9fe 2002:7f00:1:: 2002:a9fe:a9fe:: 2001::1 2001:db8::1 fc00::1 fd00:ec2::254
fe80::1 fec0::1 ff02::1 100::1 5f00::1 3fff::1 fe80::1%eth0 2606:4700::5efe:7f00:1
2606:4700::200:5efe:a00:1 ::ffff:0:127.0.0.1 4000::1 2620:4f:8000::1 ::ffff:8.8.8.8
"""

FORMS_TEXT = """
127.1 127.0.1 0 0x7f000001 0x7f.1 2130706433 017700000001 0177.0.0.1 localhost localhost. ①②⑦.⓪.⓪.①
127。0。0。1 ⓛocalhost [::ffff:7f00:1] [::1] [::] [fd00:ec2::254] 127.0.0.1 10.0.0.1 8.8.8.8
[2606:4700::1111] 169.254.169.254 1.1.1.0x1 a.1 a.0x1 metadata.google.internal metadata
printer.local router.lan db.corp kubernetes.default.svc.cluster.local 1.0.0.127.in-addr.arpa x.onion
a..com .a.com a.com. -a.com a-.com a_b.com xn--.-com münchen.de
a.com%2eevil.com %6c%6f.com a.com%00.b.com
"""

INSIDE, FORMS = INSIDE_TEXT.split(), FORMS_TEXT.split()
URLS = [
    "http://127.0.0.1\\@a.com/",
    "https://127.0.0.1\\@a.com/",
    "http://a.com\n.evil/",
    "https://a.com\n.evil/",
    "https://a.com\t.evil/",
    " https://a.com/",
    "https://a.com/ ",
    "https://a.com/\r\nHost: b",
    "http://a.com:99999",
    "https://a.com:99999/",
    "https://a.com:0443/x y",
    "https://a.com:/",
    "https://user@a.com/",
    "https://user:pw@a.com/",
    "https://a.com/#x",
    "https:a.com/",
    "https:///a.com/",
    "//a.com/",
    "/hook",
    "",
    "https://",
    "HTTPS://a.com/",
    "https://a.com/ü",
    "https://a.com/" + "x" * 2048,
    "https://" + "a" * 64 + ".com/",
    "https://" + "a." * 130 + "com/",
    *(f"{scheme}://a.com/" for scheme in ("http", "ftp", "file", "gopher", "unix", "ws", "data")),
    *(f"https://a.com:{port}/" for port in (22, 25, 80, 6379, 5432, 9200, 8443, 0, 65536)),
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert why_not_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450::8a"]
)
def test_a_public_address_is_allowed(address: str) -> None:
    assert why_not_public(address) is None


@pytest.mark.parametrize("form", FORMS)
def test_a_host_that_is_no_full_public_name_is_refused(form: str) -> None:
    with pytest.raises(DestinationNotAllowedError):
        read_url(f"https://{form}/hook")


@pytest.mark.parametrize("url", URLS)
def test_a_url_of_another_spelling_is_refused(url: str) -> None:
    with pytest.raises(DestinationNotAllowedError):
        read_url(url)


def test_a_public_url_is_read() -> None:
    read = read_url("https://Hooks.Cinema-Partner.com:443/stoa?in=1")
    assert read == Destination(True, "hooks.cinema-partner.com", 443, "/stoa?in=1")  # noqa: FBT003 - the record's own order
    assert read.authority == "hooks.cinema-partner.com"
    assert read_url("https://a.com").target == "/"
    assert read_url("https://a.com?b=1").target == "/?b=1"


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_has_a_bad_address_is_refused(address: str) -> None:
    for found in ([address], ["93.184.216.34", address], [address, "2606:4700::1111"]):
        with pytest.raises(DestinationNotAllowedError):
            an_egress(found).check("https://hooks.cinema-partner.com/")


def test_a_name_with_public_addresses_is_allowed() -> None:
    egress = an_egress(["93.184.216.34", "2606:4700::1111"])
    assert egress.check("https://hooks.cinema-partner.com/x").target == "/x"


def test_a_name_that_nobody_knows_is_refused() -> None:
    with pytest.raises(DestinationNotAllowedError):
        an_egress([]).check("https://hooks.cinema-partner.com/")


@pytest.mark.parametrize("denied", ["stoa.org", "93.184.216.0/24", "93.184.216.34"])
def test_what_the_operator_denies_is_refused(denied: str) -> None:
    egress = Egress(deny=[denied, ""], resolve=lambda *_: ["93.184.216.34"])
    with pytest.raises(DestinationNotAllowedError):
        egress.check("https://api.stoa.org/hook")


def test_only_what_the_operator_opened_may_be_near_and_plain() -> None:
    egress = Egress(allow=["127.0.0.1:8600", "[::1]:9000", "near.local:81"])
    for url in ("http://127.0.0.1:8600/", "https://[::1]:9000/x"):
        assert egress.check(url).opened
    assert read_url("http://near.local:81/", opened=frozenset({read_place("near.local:81")})).opened
    for url in (
        "http://127.0.0.1:8601/",
        "http://127.0.0.1/",
        "http://127.0.0.2:8600/",
        "http://127.1:8600/",
        "http://localhost:8600/",
    ):
        with pytest.raises(DestinationNotAllowedError):
            egress.check(url)


@pytest.mark.parametrize("text", ["", "127.0.0.1", "a.com:", ":80", "a.com:x", "a.com:70000"])
def test_an_entry_without_host_or_port_does_not_start(text: str) -> None:
    with pytest.raises(ValueError, match="no host with its port"):
        read_place(text)


def an_egress(found: Sequence[str]) -> Egress:
    """Return an egress whose resolver knows one answer."""
    return Egress(resolve=lambda *_: found)
