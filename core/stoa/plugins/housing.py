"""Where plugins are asked: which of them in this process, and how the others are housed."""

from dataclasses import dataclass, field
from pathlib import Path

from stoa.config import OUR_PLUGINS, Settings
from stoa.egress import Egress
from stoa.plugins.host.apart import Terms
from stoa.plugins.host.keeper import START_S

__all__ = ["OURS", "Housing", "housing_of"]

OURS = frozenset(OUR_PLUGINS)
"""Our own plugins, which may run in place."""


@dataclass(frozen=True, slots=True)
class Housing:
    """Where plugins are asked.

    Attributes:
        in_place: names of those that are imported into this process; all others run apart.
        terms: deadlines and the number of processes of those that run apart.
        folder: where the processes of this machine leave how plugins do; ``None`` for nowhere.
        egress: the way to partners' own servers; one to public hosts where ``None``.
        start_s: how long a plugin may take to be imported.
    """

    in_place: frozenset[str] = OURS
    terms: Terms = field(default_factory=Terms)
    folder: Path | None = None
    egress: Egress | None = None
    start_s: float = START_S


def housing_of(settings: Settings) -> Housing:
    """Return how this installation houses its plugins."""
    return Housing(
        frozenset(settings.plugins_in_place),
        Terms(
            within_s=settings.plugin_deadline_ms / 1000,
            processes=settings.plugin_processes,
            hidden=(str(settings.data_dir.absolute()),),
        ),
        settings.data_dir / "plugins",
        Egress(allow=settings.egress_allow, deny=settings.egress_deny),
    )
