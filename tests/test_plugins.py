"""The plugin facade: what is installed is found, and what can't be imported harms nobody."""

from importlib.metadata import EntryPoint

import pytest

from stoa.errors import PluginUnknownError
from stoa.plugins import Plugins, finding


def test_the_three_plugins_of_the_house_are_installed() -> None:
    assert {"fuel", "parking", "standard"} <= {each.name for each in Plugins().all()}


def test_a_plugin_that_cannot_be_imported_is_told_as_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = EntryPoint("broken", "stoa_of_nowhere", "stoa.plugins")
    fine = EntryPoint("fine", "stoa_standard", "stoa.plugins")
    monkeypatch.setattr(finding, "_entries", lambda: (broken, fine))
    found = Plugins()
    assert [each.name for each in found.all()] == ["fine"]
    with pytest.raises(PluginUnknownError):
        found.get("broken")
    [told] = found.broken()
    assert told.name == "broken"
    assert "stoa_of_nowhere" in told.reason
