"""The one way out: requests to addresses that partners name, and nothing an attacker can bend.

What a partner names is a text; what answers to it may be our own metadata service, a neighbour's
database, or us. So a destination is refused by allow-list logic, twice: when it is registered and
each time before a request leaves.

    text → destination    https, port 443, a host name with a dot, no login, no fragment
    name → addresses      looked up once; one that is no public unicast address refuses them all
    address → connection  to an address that was checked, with TLS for the host's name

A connection whose answer was read to its end is kept for half a minute; it serves again only when
the name, looked up anew, still leads to its address, and to none that is refused.

No redirect is followed, no proxy of the environment is asked, 64 KiB of an answer are read, and
everything together has 15 s (reliability P10, SSR-01…10, §4.4).
No other module of the core opens a connection to an address that others name; a test holds it.
"""

from stoa.egress.addresses import why_not_public
from stoa.egress.client import Egress
from stoa.egress.destinations import Destination, Place, read_place, read_url
from stoa.egress.sending import Reply, SendingError

__all__ = [
    "Destination",
    "Egress",
    "Place",
    "Reply",
    "SendingError",
    "read_place",
    "read_url",
    "why_not_public",
]
