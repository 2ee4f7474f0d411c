"""The options of the kit; pytest finds them by the entry point ``pytest11``."""

import pytest

__all__ = ["OPTIONS", "pytest_addoption"]

OPTIONS = {
    "url": "the address of the alliance, or better of its sandbox",
    "client-id": "the partner's client; it needs members:write, balance:read, earn:write,"
    " redeem:write and redeem:refs",
    "client-secret": "its secret; STOA_CLIENT_SECRET keeps it out of the list of processes",
    "store": "the code of the store that sells (the partner's first one)",
    "integration": "module:class of the integration to try (stoa_sdk.conformance.ours:Till)",
}
"""What the kit may be told, as ``--stoa-NAME`` or in the environment as ``STOA_NAME``."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--stoa-url`` and its like."""
    group = parser.getgroup("stoa", "Stoa: does an integration lose or double a point?")
    for name, text in OPTIONS.items():
        group.addoption(f"--stoa-{name}", default="", help=text)
