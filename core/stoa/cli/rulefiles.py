"""Rules between the disk and a screen: files read with all their mistakes, documents outlined."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from stoa.services.rulebook import KINDS
from stoa.values.conditions import WrongRuleError
from stoa.values.conditions.wording import phrase
from stoa.values.languages import ENGLISH, LANGUAGES
from stoa.values.rulefiles import RuleFile, read_rule_file
from stoa.values.speech import Speech

__all__ = ["count_of", "mistakes_of", "outline_of", "read_rules"]

_NODES = ("all", "any", "not")
_FIRST = ("code", "name")


def read_rules(path: Path) -> list[RuleFile]:
    """Read a file, or all files of a folder.

    Raises:
        click.ClickException: some can't be read; all mistakes of all files are named.
    """
    paths = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not paths:
        raise click.ClickException(f"{path} holds no .json file.")
    found: dict[tuple[str, str], RuleFile] = {}
    wrong: dict[str, Mapping[str, list[str]]] = {}
    for each in paths:
        try:
            rule = read_rule_file(each.read_text("utf-8"), kinds=KINDS)
        except WrongRuleError as mistakes:
            wrong[str(each)] = mistakes.errors
        except UnicodeDecodeError:
            wrong[str(each)] = {"": ["The file is not UTF-8."]}
        else:
            if (rule.kind, rule.code) in found:
                wrong[str(each)] = {"code": [f"Another file holds {rule.place} already."]}
            found[rule.kind, rule.code] = rule
    if wrong:
        raise click.ClickException(mistakes_of(wrong))
    return list(found.values())


def mistakes_of(wrong: Mapping[str, Mapping[str, list[str]]]) -> str:
    """Write mistakes a line each: the file or rule, the place in it, the text."""
    lines = [
        f"  {name}: {place + ': ' if place else ''}{' '.join(texts)}"
        for name, mistakes in wrong.items()
        for place, texts in mistakes.items()
    ]
    return "\n".join(["There are mistakes; nothing was saved.", *lines])


def count_of(found: list[RuleFile]) -> str:
    """Write how many rules are, as a sentence begins."""
    return "The rule is" if len(found) == 1 else f"All {len(found)} rules are"


def outline_of(value: object, speech: Speech, indent: str = "") -> Iterator[str]:
    """Write a document as an outline: names with values, parts below, conditions in words."""
    if isinstance(value, Mapping):
        for name, part in sorted(value.items(), key=lambda item: item[0] not in _FIRST):
            if _is_short(part):
                yield f"{indent}{name}: {_short(part, speech)}"
            else:
                yield f"{indent}{name}:"
                yield from outline_of(part, speech, indent + "  ")
        return
    for part in value if isinstance(value, list) else [value]:
        if _is_short(part):
            yield f"{indent}- {_short(part, speech)}"
        else:
            first, *rest = outline_of(part, speech, indent + "  ")
            yield f"{indent}- {first.strip()}"
            yield from rest


def _is_short(value: object) -> bool:
    """Tell whether a value fits on a line: a plain one, a list of such, names, a condition."""
    if isinstance(value, Mapping):
        return _is_condition(value) or (bool(value) and set(value) <= set(LANGUAGES))
    if isinstance(value, list):
        return all(not isinstance(each, list | Mapping) for each in value)
    return True


def _is_condition(value: Mapping[str, object]) -> bool:
    return "fact" in value or (len(value) == 1 and not value.keys().isdisjoint(_NODES))


def _short(value: object, speech: Speech) -> str:
    if isinstance(value, Mapping) and _is_condition(value):
        return phrase(value, speech)
    if isinstance(value, Mapping):
        return str(value.get(speech.language) or value.get(ENGLISH) or "")
    if isinstance(value, list):
        return ", ".join(_short(each, speech) for each in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
