"""B8: the real keyring goes away while Webex answers, and the program ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import forked
from tests.consent import browse, free_redirect, use_redirect
from tests.e2e.private_session import Session, private_bus, private_session, unlocked_keyring
from tests.e2e.program import Program
from tests.e2e.secret_service import stored_secrets
from tests.faults.conftest import Measure
from tests.faults.table import Bar, rounds
from tests.profile import Profile, full_profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy

pytestmark = pytest.mark.desktop

BAR = Bar("B8", "keyrings", least=rounds(16, 75))


@dataclass
class Scene:
    """A profile in a session whose keyring can be taken away."""

    webex: Sandbox
    session: Session
    profile: Profile
    keyring: ExitStack
    daemon: subprocess.Popen[bytes]
    since: datetime = field(default_factory=lambda: datetime.now(UTC))

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-W", "error", "-m", "tray_app", *self._arguments(*arguments)]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        environ, folder = self.session.environ, self.profile.folder
        return forked.run(self._arguments(*arguments), environ, folder, timeout=90)

    def _arguments(self, *arguments: str) -> list[str]:
        return [*arguments, "--config", str(self.profile.config_path)]

    def hold(self, kind: Kind) -> threading.Event:
        """Webex does not answer that until the event is set."""
        self.since, release = self.webex.clock(), threading.Event()
        self.webex.faults.next(kind, Fault.held(release))
        return release

    def is_asked(self, kind: Kind) -> None:
        """Return once Webex is asked for it."""
        self.webex.wait_for_request(
            lambda seen: seen.kind is kind and seen.at > self.since, timedelta(seconds=30)
        )

    def revoke(self, *, refresh: bool = True) -> None:
        """Nothing is left but the sign-in; or also the service app's refresh token."""
        self.webex.revoke_personal()
        self.webex.revoke_integration_access()
        self.webex.revoke_service_access()
        if refresh:
            self.webex.revoke_service_refresh()

    def comes_back(self, how: signal.Signals) -> None:
        """The keyring is there again, with what it had."""
        if how is signal.SIGSTOP:
            self.daemon.send_signal(signal.SIGCONT)
            return
        self.keyring.close()
        self.daemon = self.keyring.enter_context(unlocked_keyring(self.session))

    @property
    def aside(self) -> Path:
        return self.session.home / ".local/share/webex-token-tray/secrets.json"


@contextmanager
def scene(folder: Path, store: str = "keyring") -> Iterator[Scene]:
    with (
        Sandbox(policy=RefreshPolicy.ROTATED) as webex,
        private_session() as session,
        private_bus(session),
        ExitStack() as keyring,
    ):
        session.environ["WEBEX_API_BASE"] = webex.api_base
        daemon = keyring.enter_context(unlocked_keyring(session))
        profile = full_profile(folder, webex)
        profile.pasted, profile.secret_store = None, store
        profile.write_config()
        made = Scene(webex, session, profile, keyring, daemon)
        try:
            assert made.run("refresh").returncode == 0
            yield made
        finally:
            made.daemon.send_signal(signal.SIGCONT)  # or it would not end


@pytest.mark.parametrize(
    ("how", "kind", "store"),
    [
        (signal.SIGKILL, Kind.INTEGRATION_REFRESH, "keyring"),
        (signal.SIGSTOP, Kind.INTEGRATION_REFRESH, "keyring"),
        (signal.SIGKILL, Kind.INTEGRATION_REFRESH, "config"),
        (signal.SIGKILL, Kind.SERVICE_REFRESH, "keyring"),
    ],
)
def test_what_the_keyring_does_not_take_is_in_the_file_until_it_does(
    how: signal.Signals, kind: Kind, store: str, tmp_path: Path, figure: Measure
) -> None:
    """The new sign-in was in memory only, and was lost with the program."""
    with scene(tmp_path, store) as made:
        made.revoke(refresh=kind is Kind.INTEGRATION_REFRESH)
        release = made.hold(kind)
        with Program(made.command("refresh"), made.session.environ) as program:
            made.is_asked(kind)
            made.daemon.send_signal(how)
            release.set()
            program.wait(60)
        assert made.aside.stat().st_mode & 0o777 == 0o600
        if kind is Kind.SERVICE_REFRESH:
            made.profile.env_path.unlink()  # which has the pair as well
        made.comes_back(how)
        looked = made.run("status")
        assert made.aside.exists(), "a command that looks moves nothing"
        assert looked.returncode in (0, 2), looked.stdout
        made.revoke(refresh=kind is Kind.INTEGRATION_REFRESH)
        after = made.run("refresh")
        assert after.returncode == 0, after.stdout + after.stderr
        figure("tokens used twice", made.webex.reuses)
        assert made.webex.reuses == 0
        assert not made.aside.exists(), "it is in the keyring again"
        assert not [name for name in stored_secrets(made.session) if name.endswith("/fallback")]
        made.revoke(refresh=kind is Kind.INTEGRATION_REFRESH)
        assert made.run("refresh").returncode == 0
        assert made.webex.reuses == 0


def test_a_person_s_sign_in_is_not_lost_either(tmp_path: Path) -> None:
    with scene(tmp_path) as made:
        made.webex.revoke_integration()
        made.revoke()
        use_redirect(made.profile, free_redirect(made.webex))
        release = made.hold(Kind.CODE_EXCHANGE)
        command = made.command("authorize", "--no-browser")
        with Program(command, made.session.environ) as program:
            browse(program.expect("http").split()[-1])
            made.is_asked(Kind.CODE_EXCHANGE)
            made.daemon.send_signal(signal.SIGKILL)
            release.set()
            program.wait(60)
        made.comes_back(signal.SIGKILL)
        made.revoke()
        after = made.run("refresh")
        assert after.returncode == 0, after.stdout + after.stderr
        assert made.webex.reuses == 0
        assert not made.aside.exists()
