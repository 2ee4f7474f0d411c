"""The page for plugin authors: its example works, and it knows every setting and limit."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import stoa_dining
import stoa_fuel
import stoa_parking
import stoa_remote
import stoa_standard
import stoa_transit
from stoa.plugins import Plugins
from stoa.values.settings import Kind

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf-8")
PLUGIN, ITS_TESTS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def cinema(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("stoa_cinema")
    exec(compile(PLUGIN, "docs/plugins.md", "exec"), vars(module))  # noqa: S102 - our own page
    monkeypatch.setitem(sys.modules, "stoa_cinema", module)
    return module


@pytest.mark.usefixtures("cinema")
def test_the_tests_of_the_example_pass() -> None:
    names: dict[str, object] = {}
    exec(compile(ITS_TESTS, "docs/plugins.md", "exec"), names)  # noqa: S102 - our own page
    tests = [test for name, test in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        assert callable(test)
        test()


def test_the_example_has_its_title(cinema: ModuleType) -> None:
    [plugin] = Plugins({"cinema": cinema}).all()
    assert plugin.title == "Cinema: points a ticket, popcorn for points, early seats"


@pytest.mark.parametrize(
    ("module", "heading"),
    [
        (stoa_standard, "Standard"),
        (stoa_parking, "Parking"),
        (stoa_fuel, "Fuel"),
        (stoa_transit, "Transit"),
        (stoa_dining, "Dining"),
        (stoa_remote, "Remote"),
    ],
)
def test_the_cookbook_names_every_setting_and_no_other(module: ModuleType, heading: str) -> None:
    section = re.split(r"^### ", PAGE.partition(f"### {heading}: ")[2], flags=re.MULTILINE)[0]
    rows = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert told == [knob.name for knob in module.settings()]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_setting_is_told(kind: Kind) -> None:
    assert f"| `Kind.{kind.name}` |" in PAGE


@pytest.mark.parametrize(
    "module", [stoa_standard, stoa_parking, stoa_fuel, stoa_transit, stoa_dining, stoa_remote]
)
def test_a_plugin_of_ours_has_a_title_a_text_and_units_for_its_numbers(module: ModuleType) -> None:
    [plugin] = Plugins({"one": module}).all()
    assert plugin.title
    assert plugin.description
    knobs = [*plugin.settings, *(column for knob in plugin.settings for column in knob.columns)]
    numbers = [knob for knob in knobs if knob.kind in (Kind.INTEGER, Kind.DECIMAL)]
    assert [knob.name for knob in numbers if not knob.unit and knob.name != "max_quantity"] == []
