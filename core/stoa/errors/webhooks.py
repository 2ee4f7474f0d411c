"""Refusals about webhooks."""

from stoa.errors.kinds import ConflictError, NotFoundError

__all__ = ["WebhookDisabledError", "WebhookLimitError", "WebhookUnknownError"]


class WebhookUnknownError(NotFoundError):
    """No endpoint of the caller's has this id."""

    slug = "webhook-unknown"
    title = "No such webhook endpoint"


class WebhookDisabledError(ConflictError):
    """The endpoint is disabled, or has not answered its challenge yet: nothing is sent to it."""

    slug = "webhook-disabled"
    title = "The webhook endpoint is not active"


class WebhookLimitError(ConflictError):
    """A partner has at most ten endpoints that are not disabled."""

    slug = "webhook-limit"
    title = "There are too many webhook endpoints"
