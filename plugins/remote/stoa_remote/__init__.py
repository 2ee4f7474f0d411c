"""Remote: the partner's own server answers, in any language, over signed HTTPS.

The core asks what it would ask a plugin, as a signed request to the partner's address, and checks
the answer in the same way. A server that is late or down keeps no till waiting: the purchase is
kept as pending and asked about again.
"""

from collections.abc import Sequence

from stoa import hookimpl
from stoa.values.settings import Setting
from stoa_remote.knobs import ASKED, KNOBS

__all__ = ["ASKED", "KNOBS", "answered_by", "settings"]

answered_by = "https"
"""Tells the core that the address in the settings answers every other hook."""


@hookimpl
def settings() -> Sequence[Setting]:
    """List the address, the key, the deadline, and which questions the partner answers."""
    return KNOBS
