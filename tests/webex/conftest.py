"""Fixtures: our client, and the sandbox that it talks to."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tray_app.sandbox.server import Sandbox
from tray_app.webex.client import Webex

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A faithful Webex."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def webex(sandbox: Sandbox) -> Iterator[Webex]:
    """The client, connected to it."""
    with closing(Webex(sandbox.api_base)) as client:
        yield client
