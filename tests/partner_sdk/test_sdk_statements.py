"""Statements and positions by the SDK, waiting and async, against the real app."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from clearings import WORKER
from stoa.services import clearing, credentials
from stoa.work import Actor, Desk
from stoa_sdk import AsyncClient, Client, StatementPage
from tills import Till, app, cinema, grocery
from world import Coalition, FixedClock

__all__ = ["app", "cinema", "grocery"]
