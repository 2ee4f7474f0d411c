"""Sandboxes for tests: copied from the run's template, dropped at the end of a test."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from apiflask import APIFlask

import databases
from stoa.app import create_app
from stoa.config import Settings
from stoa.services import sandboxes
from stoa.services.sandboxes import Ground, Opened
from stoa.work import Actor, Desk
from tills import Till
from world import Coalition

__all__ = ["OPERATOR", "Inside", "app", "ground", "inside"]

OPERATOR = Actor("cli")


@pytest.fixture
def ground(desk: Desk, settings: Settings, server_url: str) -> Iterator[Ground]:
    """Return a ground on this test's desk."""
    ground = Ground(desk, settings, plugins=lambda: desk.plugins)
    yield ground
    with desk.work(OPERATOR) as work:
        left = sandboxes.listed(work)
    for box in left:
        databases.drop(server_url, box.database)


@pytest.fixture
def app(ground: Ground, coalition: Coalition) -> Iterator[APIFlask]:
    """Return the whole app on this test's coalition, with the place of sandboxes in it."""
    assert coalition
    app = create_app(ground.settings, desk=ground.desk)
    yield app
    app.extensions["stoa.sandboxes"].close()


@dataclass
class Inside(Till):
    """A till in a sandbox: the same doors under another address."""

    code: str = ""

    def client(self) -> Any:
        """Return a client whose every address is in the sandbox."""
        return _Within(self.app.test_client(), f"/sandbox/{self.code}")

    def renewed(self, **asked: str) -> "Inside":
        """Return the same till with a fresh token."""
        return replace(self, token=super().renewed(**asked).token)


@dataclass
class _Within:
    client: Any
    prefix: str

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(self.prefix + path, **more)

    def post(self, path: str, **more: Any) -> Any:
        return self.client.post(self.prefix + path, **more)


def inside(app: APIFlask, opened: Opened, *, own: bool = True) -> Inside:
    """Return a till of a sandbox's own partner, or of the grocery beside it."""
    which = opened.box.clients[0 if own else 1]
    secret = opened.secrets[which.client_id]
    return Inside(app, which.client_id, secret, "", opened.box.code).renewed()


def partner_in(work: Any, code: str) -> UUID:
    """Return a partner of a sandbox by its code."""
    found: UUID = work.rows("SELECT id FROM partners WHERE code = %s", (code,))[0][0]
    return found
