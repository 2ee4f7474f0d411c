"""What a question to a plugin costs: in this process, and in a process of its own."""

from dataclasses import replace
from time import perf_counter

from bench import earn
from bench.ground import Ground
from stoa.plugins import Housing, Plugins
from stoa.testing import a_purchase, a_standing
from stoa.values.settings import default_settings

ASKED = 3000


def microseconds() -> tuple[float, float, float]:
    """Return the median of a question in place, the same apart, and apart the 99th percentile."""
    found = []
    for in_place in (frozenset({"standard"}), frozenset()):
        plugins = Plugins(housing=Housing(in_place=in_place))
        settings = default_settings(plugins.get("standard").settings)
        purchase, standing = a_purchase(), a_standing()
        times = []
        for _ in range(ASKED):
            began = perf_counter()
            plugins.earn_lines("standard", purchase, standing, settings)
            times.append((perf_counter() - began) * 1e6)
        plugins.close()
        found.append(sorted(times))
    in_place_us, apart_us = found
    return in_place_us[ASKED // 2], apart_us[ASKED // 2], apart_us[ASKED * 99 // 100]


def rates(ground: Ground, *, processes: int, seconds: int) -> tuple[float, float]:
    """Return purchases a second with the partner's plugin in place, and apart."""
    return (
        earn.service_rate(ground, processes=processes, seconds=seconds),
        earn.service_rate(replace(ground, apart=True), processes=processes, seconds=seconds),
    )
