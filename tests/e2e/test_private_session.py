"""The stand-ins themselves: what they give, and that nothing of them is left."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.panel_host import PanelHost
from tests.e2e.private_session import (
    Session,
    private_bus,
    private_session,
    strays,
    unlocked_keyring,
)
from tests.e2e.program import Program
from tests.e2e.programs import require

pytestmark = pytest.mark.desktop

KEYRING = """
import json, keyring
keyring.set_password("example", "name", "a secret")
backend = type(keyring.get_keyring()).__module__
print(json.dumps([backend, keyring.get_password("example", "name")]))
"""


def test_keyring_is_open_and_private(keyring_session: Session) -> None:
    """A secret goes into the OS keyring and comes back, without anybody being asked."""
    done = subprocess.run(
        [sys.executable, "-c", KEYRING],
        env=keyring_session.environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == ["keyring.backends.SecretService", "a secret"]
    files = list(keyring_session.home.rglob("*.keyring"))
    assert files
    assert not any(b"a secret" in file.read_bytes() for file in files)


def test_nothing_is_left() -> None:
    """Every process has ended and every file is gone, even after a failure inside."""
    seen: list[Path] = []

    def fail_inside() -> None:
        with private_session() as session, private_bus(session), unlocked_keyring(session):
            seen.append(session.root)
            assert len(strays(session.root)) >= 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    (root,) = seen
    assert not strays(root)
    assert not root.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_program(session: Session, panel: PanelHost, number: int) -> None:
    """The loop sleeps in D-Bus, yet the program's own handler runs at once."""
    with Program([sys.executable, "-m", "tests.e2e.example_icon"], session.environ) as example:
        panel.wait_item()
        example.signal(number)
        if number == signal.SIGTERM:
            example.expect("ended")
            assert example.wait() == 0
        else:
            example.expect("KeyboardInterrupt")
            example.wait()
        panel.wait_gone()


def test_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a developer's machine a test is skipped for a missing program; in CI it fails."""
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="not installed: no-such-program"):
        require("sh", "no-such-program")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        require("no-such-program")
