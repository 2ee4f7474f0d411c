"""The deeds of activities and referrals, each as the call it makes; see `stoa_sdk.resources`."""

from datetime import datetime

from stoa_sdk.activities import ActivityCode, ActivityDone, OpenActivities, Referrals
from stoa_sdk.calls import Call, get, post, segment
from stoa_sdk.inputs import Member, as_member, instant_text

__all__ = [
    "activities_of",
    "activity_code",
    "invite_to_survey",
    "make_activity_code",
    "referrals_of",
    "report_activity",
    "share_link",
]


def report_activity(
    *,
    member: Member,
    activity: str,
    store: str | None = None,
    proof: str | None = None,
    device: str | None = None,
    idempotency_key: str | None = None,
) -> Call[ActivityDone]:
    """Report what a member did without buying; needs ``activities:write``.

    Args:
        member: who did it.
        activity: its code, one of `activities`.
        store: the code or id of your store.
        proof: what it asks for: the code that was scanned, a purchase's id, your own number.
        device: what your app calls the phone; of a shared link, the one it was opened on.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``ACTIVITY_UNKNOWN``, it does not hold at your stores.
        Conflict: ``ACTIVITY_DONE``, ``ACTIVITY_LIMIT``, ``ACTIVITY_TOO_SOON``, ``ACTIVITY_CLOSED``.
        Invalid: ``PROOF_REFUSED``.
        TooManyRequests: ``TOO_MANY_GUESSES``, wrong codes came before.
        Locked: the member is frozen.
    """
    body = {
        "member": as_member(member).as_object(),
        "activity": activity,
        "store": store,
        "proof": proof,
        "device": device,
    }
    return post("v1/activities", ActivityDone, body, idempotency_key)


def activities_of(member_ref: str, *, language: str | None = None) -> Call[OpenActivities]:
    """Return the activities that a member can do at your stores; needs ``members:read``.

    Args:
        member_ref: the member's name at your partner.
        language: of the names: ``en``, ``zh-Hans`` or ``zh-Hant``.
    """
    path = f"v1/members/{segment(member_ref)}/activities"
    return get(path, OpenActivities, {"language": language})


def make_activity_code(
    *,
    activity: str,
    store: str | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    most_uses: int | None = None,
    step_s: int | None = None,
    idempotency_key: str | None = None,
) -> Call[ActivityCode]:
    """Make a code that your store shows; needs ``activities:write``.

    Args:
        activity: the code of the activity that it proves.
        store: where it is shown; any of your stores by default.
        valid_from: with its zone; now by default.
        valid_until: with its zone; without end by default.
        most_uses: how often it earns, over all members.
        step_s: seconds after which a screen has to show another one, see `activity_code`.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``ACTIVITY_UNKNOWN``, no such activity is proved by a code.
    """
    body = {
        "activity": activity,
        "store": store,
        "valid_from": instant_text(valid_from) if valid_from else None,
        "valid_until": instant_text(valid_until) if valid_until else None,
        "most_uses": most_uses,
        "step_s": step_s,
    }
    return post("v1/activities/codes", ActivityCode, body, idempotency_key)


def activity_code(code_id: str) -> Call[ActivityCode]:
    """Return what a changing code of yours shows now, and until when; needs ``activities:write``.

    Raises:
        NotFound: ``CODE_UNKNOWN``, it is none of yours, or over.
    """
    return get(f"v1/activities/codes/{segment(code_id)}", ActivityCode)


def share_link(
    *, member: Member, activity: str, device: str, idempotency_key: str | None = None
) -> Call[ActivityCode]:
    """Make a link's code that a member shares; needs ``activities:write``.

    Args:
        member: who shares.
        activity: the code of the activity.
        device: what your app calls the member's phone.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``ACTIVITY_UNKNOWN``, no such activity is proved by a link.
    """
    body = {"member": as_member(member).as_object(), "activity": activity, "device": device}
    return post("v1/activities/links", ActivityCode, body, idempotency_key)


def invite_to_survey(
    *, member: Member, activity: str, valid_until: datetime, idempotency_key: str | None = None
) -> Call[ActivityCode]:
    """Invite a member to a survey of yours, which earns once; needs ``activities:write``.

    Args:
        member: who is asked.
        activity: the code of the activity.
        valid_until: with its zone.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        NotFound: ``ACTIVITY_UNKNOWN``, no such activity is proved by an invitation.
    """
    body = {
        "member": as_member(member).as_object(),
        "activity": activity,
        "valid_until": instant_text(valid_until),
    }
    return post("v1/activities/invitations", ActivityCode, body, idempotency_key)


def referrals_of(member_ref: str) -> Call[Referrals]:
    """Return a member's own code, and what became of who came by it; needs ``members:read``."""
    return get(f"v1/members/{segment(member_ref)}/referrals", Referrals)
