"""A profile for each test, and no proxy or certificates but the test's own."""

from __future__ import annotations

import pytest

from tests.cli.doctor.subject import Subject
from tests.e2e.fixtures import bus, panel, session
from tests.profile import Profile
from tray_app.webex.tls import BUNDLES

__all__ = ["bus", "panel", "session"]


@pytest.fixture
def subject(profile: Profile) -> Subject:
    """In order."""
    return Subject(profile)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's leads."""
    for name in (*BUNDLES, "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
