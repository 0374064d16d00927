"""Fixtures: a Webex on loopback, a profile, raw bytes, a private desktop, a clean log."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.e2e.fixtures import bus, keyring_session, session
from tests.profile import Profile, full_profile
from tests.raw_server import RawServer
from tray_app.sandbox.server import Sandbox
from tray_app.system.log import REDACTOR, Redaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["bus", "keyring_session", "session"]


@pytest.fixture
def webex() -> Iterator[Sandbox]:
    """A faithful Webex."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def profile(tmp_path: Path, webex: Sandbox) -> Profile:
    """A profile with every renewal method."""
    return full_profile(tmp_path, webex)


@pytest.fixture
def raw_server() -> Iterator[RawServer]:
    """A server that sends exactly the bytes it is told to."""
    with RawServer() as server:
        yield server


@pytest.fixture
def clean_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What `log.start` changes for the whole process is as before afterwards."""
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("", "tray_app", "urllib3")}
    handlers = list(root.handlers)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)
    monkeypatch.setattr(REDACTOR, "_redaction", Redaction())
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
