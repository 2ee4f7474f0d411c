"""What checking a bearer token costs once it has been seen."""

import os
import time
from dataclasses import replace

from bench.ground import Ground
from stoa.app import create_app
from stoa.oauth.doors import open_oauth
from stoa.services import credentials
from stoa.work import Actor

CHECKS = 20_000


def check_microseconds(ground: Ground) -> float:
    """Return the microseconds of one check of a token that the server knows, amortised."""
    settings = replace(
        ground.settings,
        secret_key=os.urandom(32).hex(),
        public_url="http://localhost",
        database_url=ground.url,
    )
    desk = ground.desk()
    with desk.work(Actor("bench")) as work:
        client, secret = credentials.issue_client(
            work, ground.partner_ids[0], "bench token", ["earn:write"]
        )
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    answer = create_app(settings, desk=desk).test_client().post("/oauth/token", data=form)
    header = f"Bearer {answer.get_json()['access_token']}"
    verifier = open_oauth(desk, settings).verifier
    verifier.caller(header)
    began = time.perf_counter()
    for _ in range(CHECKS):
        verifier.caller(header)
    seconds = time.perf_counter() - began
    desk.close()
    return seconds / CHECKS * 1e6
