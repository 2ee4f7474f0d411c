"""All lists by name: where the doors that all lists share find the one they are asked for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from stoa_admin.clearing.dispute_list import DISPUTES
from stoa_admin.lists import of_people, of_records
from stoa_admin.lists.declaring import Listing
from stoa_admin.trails import TRAIL

__all__ = ["LISTINGS"]

_ALL: tuple[Listing[Any], ...] = (
    of_people.MEMBERS,
    of_people.PARTNERS,
    of_records.ORDERS,
    of_records.BATCHES,
    of_records.REQUESTS,
    of_records.DELIVERIES,
    DISPUTES,
    TRAIL,
)

LISTINGS: Mapping[str, Listing[Any]] = MappingProxyType({each.name: each for each in _ALL})
"""Lists by their names."""
