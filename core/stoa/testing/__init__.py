"""What a plugin author tests with: facts that are quick to build, and a check of the contract.

from stoa.testing import check_plugin
import stoa_cinema

def test_the_plugin_keeps_the_contract() -> None:
    check_plugin(stoa_cinema, settings={"points_per_ticket": 20})
"""

from stoa.testing.checking import DEADLINE_S, ERRAND_DEADLINE_S, check_errands, check_plugin
from stoa.testing.facts import a_claim, a_line, a_purchase, a_standing, an_order
from stoa.testing.sources import check_sources

__all__ = [
    "DEADLINE_S",
    "ERRAND_DEADLINE_S",
    "a_claim",
    "a_line",
    "a_purchase",
    "a_standing",
    "an_order",
    "check_errands",
    "check_plugin",
    "check_sources",
]
