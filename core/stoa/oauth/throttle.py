"""Too many failed proofs close the doors of OAuth for a while (OAU-20).

Ten within five minutes, of one client or from one network address. A client that proves itself by a
key and not by a secret is not counted: there is nothing to guess.
"""

import json

from flask import Request, Response

from stoa.services import failures
from stoa.work import Actor, Desk

__all__ = ["Throttle"]

_ACTOR = Actor("oauth")
_TOLD = "Too many failed attempts. Wait, and check the client's id and secret."


class Throttle:
    """Counts failed proofs, over all processes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def closed(self, request: Request) -> Response | None:
        """Return the refusal of a request whose client or address failed too often.

        RFC 6749 has no error for it; that of RFC 8628 §3.5 is what clients know.
        """
        doors = _doors(request)
        if not doors:
            return None
        with self._desk.work(_ACTOR) as work:
            wait_s = failures.wait_s(work, doors)
        if not wait_s:
            return None
        body = json.dumps({"error": "slow_down", "error_description": _TOLD})
        refusal = Response(body, 429, mimetype="application/json")
        refusal.headers["Retry-After"] = str(wait_s)
        return refusal

    def saw(self, request: Request, response: Response) -> None:
        """Count an answer that says the client did not prove itself."""
        doors = _doors(request)
        if response.status_code == 401 and doors:  # noqa: PLR2004 - Unauthorized
            with self._desk.work(_ACTOR) as work:
                failures.count(work, doors)


def _doors(request: Request) -> list[str]:
    if "client_assertion" in request.form:
        return []
    given = request.authorization
    client = given.username if given is not None else None
    names = {
        "client": client or request.form.get("client_id", ""),
        "address": request.remote_addr or "",
    }
    return [failures.door(f"oauth-{kind}", name) for kind, name in names.items() if name]
