"""Refusals about partners: their stores, plugins, settings, rewards and benefits."""

from stoa.errors.kinds import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)

__all__ = [
    "BenefitUnknownError",
    "ClaimClosedError",
    "ClaimExpiredError",
    "ClaimRefusedError",
    "ClaimUnknownError",
    "CodeTakenError",
    "ExceedsClaimError",
    "InvalidSettingsError",
    "PartnerSuspendedError",
    "PartnerUnknownError",
    "PluginFailedError",
    "PluginUnknownError",
    "RewardRefusedError",
    "RewardUnknownError",
    "StoreUnknownError",
]


class PartnerSuspendedError(ForbiddenError):
    """The operator has suspended the partner: it issues no points until it is reinstated."""

    slug = "partner-suspended"
    title = "This partner is suspended"


class StoreUnknownError(NotFoundError):
    """The partner has no store of this id or code."""

    slug = "store-unknown"
    title = "No such store"


class RewardUnknownError(NotFoundError):
    """The catalogue has no reward of this id."""

    slug = "reward-unknown"
    title = "No such reward"


class RewardRefusedError(ConflictError):
    """The member may not have this reward now.

    `reason` is ``not_yet`` (with `opens_at`), ``over`` (with `closed_at`), ``tier`` (with `tiers`),
    ``condition``, ``store`` or ``currency``.
    """

    slug = "reward-refused"
    title = "This reward can't be had now"


class BenefitUnknownError(NotFoundError):
    """The partner offers no benefit of this code to this member."""

    slug = "benefit-unknown"
    title = "No such benefit"


class ClaimUnknownError(NotFoundError):
    """The partner has no benefit claim of this id."""

    slug = "claim-unknown"
    title = "No such claim"


class PartnerUnknownError(NotFoundError):
    """There is no partner of this id."""

    slug = "partner-unknown"
    title = "No such partner"


class CodeTakenError(ConflictError):
    """Another partner, site or store has this code."""

    slug = "code-taken"
    title = "This code is in use"


class ClaimClosedError(ConflictError):
    """The benefit claim was used, released or has ended before; `state` says which."""

    slug = "claim-closed"
    title = "The claim is already resolved"


class ClaimExpiredError(ConflictError):
    """The time of the held benefit claim is over: it ends, and a new one may be made."""

    slug = "claim-expired"
    title = "The claim has expired"


class ExceedsClaimError(InvalidError):
    """The held benefit claim is of less than was used; `held` says of how much."""

    slug = "exceeds-claim"
    title = "The claim holds less"


class InvalidSettingsError(InvalidError):
    """Settings do not fit what the plugin asks for; `errors` names each."""

    slug = "invalid-settings"
    title = "Some settings are not valid"


class ClaimRefusedError(InvalidError):
    """The partner's plugin refused the claim; `reason` says why."""

    slug = "claim-refused"
    title = "The benefit can't be claimed"


class PluginUnknownError(InvalidError):
    """No installed plugin has this name."""

    slug = "plugin-unknown"
    title = "No such plugin"


class PluginFailedError(UnavailableError):
    """The plugin raised, or its answer was not usable; try again or ask the operator.

    `violation` is set where the answer could be read and said what it must not.
    """

    violation = False
    slug = "plugin-failed"
    title = "The partner's plugin did not answer"
