"""The demo's programme: the rules that an alliance's owners asked for, a file each.

The files beside this module say which of the owners' rows each rule is (#1-#16 and others), and
`stoa rules load core/stoa/demo/programme` brings them to any alliance with such partners.
"""

from importlib.resources import files

from stoa.services.rulebook import KINDS
from stoa.values.rulefiles import RuleFile, read_rule_file

__all__ = ["read_programme"]


def read_programme() -> list[RuleFile]:
    """Return the rules of the demo, by the names of their files."""
    folder = files("stoa.demo").joinpath("programme")
    found = sorted((each for each in folder.iterdir()), key=lambda each: each.name)
    return [read_rule_file(each.read_text("utf-8"), kinds=KINDS) for each in found]
