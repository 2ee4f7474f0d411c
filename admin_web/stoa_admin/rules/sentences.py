"""Conditions as sentences in the page's language."""

from stoa.values.conditions import Vocabulary, WrongRuleError, read_condition
from stoa_admin.rules.choices import Choices

__all__ = ["sentence"]


def sentence(document: object, vocabulary: Vocabulary, choices: Choices) -> str:
    """Return what a condition says; empty where there is none or it is not finished."""
    if document is None:
        return ""
    try:
        read_condition(document, vocabulary)
    except WrongRuleError:
        return ""
    return "…"
