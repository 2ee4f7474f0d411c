"""Refusals of the alliance's rules: documents that can't be, rules that are not there."""

from stoa.errors.kinds import ConflictError, InvalidError, NotFoundError

__all__ = ["InvalidRuleError", "RuleStateError", "RuleUnknownError", "WhatIfUnknownError"]


class InvalidRuleError(InvalidError):
    """A rule's document does not fit; `errors` names each place with what is wrong there."""

    slug = "invalid-rule"
    title = "The rule is not valid"


class RuleUnknownError(NotFoundError):
    """There is no rule of this kind and code, or it has no such version."""

    slug = "rule-unknown"
    title = "No such rule"


class RuleStateError(ConflictError):
    """The rule's state allows no such change; `state` tells it."""

    slug = "rule-state"
    title = "The rule is in another state"


class WhatIfUnknownError(NotFoundError):
    """There is no such what-if run."""

    slug = "what-if-unknown"
    title = "No such what-if"
