"""What is wrong with a rule, told at its place and in the page's language.

Readers of rules name mistakes in English; what they say is found again by its pattern, so that it
is told in the page's language. A sentence that is not known is shown as it is.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from stoa_admin.language import gettext, noted

__all__ = ["PATTERNS", "Mistakes", "say"]

PATTERNS = (
    noted("A condition has at most %(most)s parts."),
    noted("Conditions lie at most %(most)s deep."),
    noted("Write a condition here."),
    noted("Write one of all, any, not or fact here."),
    noted("Write a list of at least one condition here."),
    noted("%(fact)s is not counted over a window."),
    noted("Say over which window %(fact)s is counted."),
    noted("%(fact)s is not counted over this window."),
    noted("The longest window is ten years."),
    noted("%(fact)s is not of anything."),
    noted("Write true or false."),
    noted("Write a whole number from %(low)s to %(high)s."),
    noted("Write a list of 1 to %(most)s words."),
    noted("Each word is a text of 1 to %(most)s characters."),
    noted("Choose among %(words)s."),
    noted("Choose one of %(words)s."),
    noted("There is no such name in a condition."),
    noted("There is no such name here."),
    noted("Write one line of 1 to %(most)s characters."),
    noted("Write a text of 1 to %(most)s characters."),
    noted("Write a text of 1 to %(most)s characters on a line."),
    noted("English is what all others fall back to: write it."),
    noted("Write an object here."),
    noted("A goal is something to be reached: it has no not."),
    noted("A goal is something to be reached: choose %(operators)s."),
    noted("A list has no condition."),
    noted("A list stays a list, and a condition a condition: choose another code."),
    noted("A payer is named twice."),
    noted("A period is named twice."),
    noted("It ends before it begins."),
    noted("Name the categories or the articles that count."),
    noted("Name the group of which the highest counts."),
    noted("Nobody may buy so many in a year."),
    noted("Nothing is to be done for this."),
    noted("Nothing tells two of them apart: choose a period."),
    noted("Only a purchase has a partner who sells."),
    noted("Only a purchase has lines."),
    noted("Only a purchase spends money."),
    noted("Steps rise, and no step gives less than the one before."),
    noted("The budget pays not even one reward."),
    noted("The code %(code)s stands twice."),
    noted("The last day lies before the first."),
    noted("The main ladder is %(code)s."),
    noted("The shares are 100 percent together."),
    noted("There is a cap of this period already."),
    noted("There is no ladder %(code)s."),
    noted("There is no partner %(code)s."),
    noted("There is no such partner."),
    noted("There is no such tier."),
    noted("This does not pay it once."),
    noted("This does not pay one reward."),
    noted("This one pays already."),
    noted("Without a reward there is nothing to pay."),
    noted("Write a day from the first one on, within ten years."),
    noted("Write a list of at most %(most)s limits."),
    noted("Write a list of at most %(most)s words."),
)
"""What readers say, as the catalogs have it."""

_INSTEAD = (
    (re.compile(r"There is no such fact here; known are .*"), noted("Choose what is compared.")),
    (re.compile(r"Say of which .*\."), noted("Choose one here.")),
    (re.compile(r'Write "day", .*'), noted("Write a whole number, 1 or more.")),
    (re.compile(r"Write a list of [0-9]+ to [0-9]+.*"), noted("Add at least one.")),
    (re.compile(r"(List some of|Write a list such as) .*"), noted("Tick at least one.")),
    (re.compile(r"Write a list of (?![0-9]+ to |at most ).*"), noted("Tick at least one.")),
    (re.compile(r"Write a day such as .*"), noted("Choose a day.")),
    (re.compile(r"The shares are not .*"), noted("The shares are 100 percent together.")),
    (
        re.compile(r"(Say how many points or uses|Write points, uses) .*"),
        noted("Say how many points or how many times."),
    ),
    (re.compile(r"Write inviter_points, .*"), noted("Say what one of them or both get.")),
    (
        re.compile(r"The lowest tier is everybody's.*"),
        noted("The lowest tier is everybody's: remove its condition."),
    ),
    (re.compile(r"A profile is completed once.*"), noted("A profile is completed once.")),
    (
        re.compile(r"A draw for points comes near a lottery.*"),
        noted("A draw for points comes near a lottery: tick this where it is allowed."),
    ),
    (re.compile(r"Write .*a partner's code\."), noted("Choose who pays.")),
    (re.compile(r'Write ("12 months"|"purchase").*'), noted("Choose one here.")),
    (
        re.compile(r"Write a text for (en|each language).*"),
        noted("English is what all others fall back to: write it."),
    ),
)
"""What is said otherwise where people choose from lists."""


class Mistakes:
    """Mistakes by their places in a document; those that no field showed are `left`."""

    def __init__(self, errors: Mapping[str, Sequence[str]] | None = None) -> None:
        self._errors = dict(errors or {})
        self._shown: set[str] = set()
        self.count = len(self._errors)

    def at(self, *places: str) -> str:
        """Return what is wrong at some places, in the page's language; empty for nothing."""
        found = [place for place in places if place in self._errors]
        self._shown.update(found)
        texts = (say(text) for place in found for text in self._errors[place])
        return " ".join(dict.fromkeys(texts))

    def left(self) -> list[str]:
        """Return what is wrong at places that have no field."""
        return [
            f"{place}: {' '.join(map(say, texts))}" if place else " ".join(map(say, texts))
            for place, texts in self._errors.items()
            if place not in self._shown
        ]


def say(text: str) -> str:
    """Return what a reader said in the page's language."""
    for pattern, instead in _INSTEAD:
        if pattern.fullmatch(text):
            return gettext(instead)
    for message in PATTERNS:
        found = _pattern(message).fullmatch(text)
        if found:
            return gettext(message, **found.groupdict())
    return text


@cache
def _pattern(message: str) -> "re.Pattern[str]":
    """Return the pattern that finds a message with whatever stands at its names."""
    parts = re.split(r"%\(([a-z_]+)\)s", message)
    return re.compile(
        "".join(
            re.escape(part) if n % 2 == 0 else f"(?P<{part}>.+)" for n, part in enumerate(parts)
        )
    )
