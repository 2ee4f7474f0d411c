"""Jobs and outbox: whether the worker works, what waits, what failed and why, in words.

Nothing that a job, an event or a letter carries is shown: names of fields, topics and times alone.
"""

from flask import abort, flash, render_template, request
from werkzeug import Response

from stoa.errors import InvalidBodyError
from stoa.services import chores, jobs
from stoa_admin.chore_words import called, told
from stoa_admin.confirming import confirmed
from stoa_admin.front import id_of, open_work, to
from stoa_admin.language import gettext
from stoa_admin.room import Room

__all__ = ["cancel", "doors", "page", "retry", "tell_again"]

doors = Room("jobs", __name__, reads="jobs.read", changes="jobs.change")

_STATES = ("", "todo", "doing", "failed", "cancelled", "aborted")
_MOST_DIGITS = 18


@doors.get("/jobs")
def page() -> str:
    """Show the worker, its chores, the queue, the outbox and the letters."""
    state = request.args.get("state", "")
    state = state if state in _STATES else ""
    with open_work() as work:
        found = chores.all_of(work)
        return render_template(
            "admin/jobs.html",
            workers=jobs.workers(work),
            now=work.now(),
            turns=[each for each in found if each.kind == "turn"],
            beats=[each for each in found if each.kind == "beat"],
            faults={each.name: each.fault for each in found if each.fault},
            queue=jobs.queue(work, state),
            backlog=jobs.backlog(work),
            stuck=jobs.stuck(work),
            letters=jobs.letters(work),
            state=state,
            states=_STATES,
            called=called,
            told=told,
        )


@doors.post("/jobs/<job>/retry")
@confirmed
def retry(job: str) -> Response:
    """Put a failed job back into the queue."""
    try:
        with open_work() as work:
            jobs.retry(work, _number(job))
    except InvalidBodyError:
        flash(
            gettext("This job is in another state by now, or the same one waits already."), "danger"
        )
    else:
        flash(gettext("The job waits for the worker again."), "success")
    return to("jobs.page")


@doors.post("/jobs/<job>/cancel")
@confirmed
def cancel(job: str) -> Response:
    """Take a job that waits out of the queue."""
    try:
        with open_work() as work:
            jobs.cancel(work, _number(job))
    except InvalidBodyError:
        flash(gettext("This job does not wait any more."), "danger")
    else:
        flash(gettext("The job is cancelled; its next time comes by the clock."), "success")
    return to("jobs.page")


@doors.post("/jobs/events/<event>/again")
@confirmed
def tell_again(event: str) -> Response:
    """Let an event that was given up be told again."""
    try:
        with open_work() as work:
            jobs.tell_again(work, id_of("evt", event))
    except InvalidBodyError:
        flash(gettext("This event was not given up, or waits again already."), "danger")
    else:
        flash(gettext("The event is told again."), "success")
    return to("jobs.page")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        abort(404)
    return int(text)
