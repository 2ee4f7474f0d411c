"""Which addresses are public unicast: an allow-list, because `ipaddress.is_global` is none.

Python calls the cloud's metadata address global when it is dressed as NAT64
(``64:ff9b::a9fe:a9fe``) or as 6to4 (``2002:a9fe:a9fe::``), and so it calls multicast
(reliability, fact 10).
Of IPv6 only ``2000::/3`` is open, without what is set apart in it; of IPv4 everything that the
registries of special purposes leave (RFC 6890, IANA).
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

__all__ = ["is_own", "why_not_public"]

_NOT_V4: Final = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's platform service behind a public address
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_V6: Final = IPv6Network("2000::/3")
_NOT_V6: Final = tuple(
    ip_network(each)
    for each in (
        "2001::/23",  # Teredo, ORCHID, benchmarks and others of the protocols
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_ISATAP: Final = (0x00005EFE, 0x02005EFE)  # RFC 5214: the second half carries an IPv4 address


def why_not_public(text: str) -> str | None:
    """Tell why an address is no public unicast one; ``None`` when it is.

    Args:
        text: an address as the resolver writes it, not a name.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return "it is no address"
    if isinstance(address, IPv4Address):
        refused = any(address in network for network in _NOT_V4)
    else:
        refused = not _public_v6(address)
    return "its address is not a public unicast one" if refused else None


def _public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _V6:
        return False
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return not any(address in network for network in _NOT_V6)


def is_own(text: str) -> bool:
    """Tell whether an address is one of this machine's; no packet is sent to find out."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((text, 9))
            return bool(asking.getsockname()[0] == text)
    except OSError:
        return False
