"""The real program, in the middle of a renewal that Webex holds, and what its end has lost."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tests.consent import browse, free_redirect, use_redirect
from tests.e2e.program import ROOT
from tests.faults.slow_keyring import SLOW_AT
from tests.faults.table import Bar, rounds
from tests.profile import Profile, full_profile
from tests.terminal import Terminal, in_terminal
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.registrations import Client
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.sandbox.tokens import Token, Use

BAR = Bar("B14", "signals", least=rounds(23, 188))

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

API = """
import requests, sys, threading
from tray_app import TokenManager
def use(manager):
    if sys.argv[1] == "auth":
        requests.get(sys.argv[2], auth=manager.auth, timeout=30)
    elif sys.argv[1] == "in-another-thread":
        threading.Thread(target=manager.get_token, daemon=True).start()
        threading.Event().wait()
    else:
        getattr(manager, sys.argv[1])()
if sys.argv[-1] == "with":
    with TokenManager() as manager:
        use(manager)
else:
    use(TokenManager())
"""


@dataclass(frozen=True)
class Slow:
    """A keyring that waits in each write; the pipe tells of it, and ends it."""

    pipe: Path

    def is_asked(self) -> None:
        """Return once it waits."""
        reader = os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK)
        try:
            assert select.select([reader], [], [], 15)[0], "the keyring was not asked"
        finally:
            os.close(reader)

    def release(self) -> None:
        """Let it go on, and wait no more."""
        self.pipe.unlink()


@dataclass
class Stage:
    """One profile whose refresh tokens rotate. `release` lets the answer go that is held."""

    webex: Sandbox
    profile: Profile
    environ: dict[str, str]
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def keyring(self) -> str:
        """All that the keyring holds."""
        return Path(self.environ["TEST_KEYRING_FILE"]).read_text(encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        """The command line of the program."""
        return [sys.executable, "-W", "error", "-m", "tray_app", *arguments]

    def script(self, *arguments: str) -> list[str]:
        """The command line of a person's own program with our API."""
        return [sys.executable, "-W", "error", "-c", API, *arguments]

    def acquire(self, kind: Kind) -> None:
        """Let Webex not answer that for now."""
        self.webex.faults.next(kind, Fault.held(self.release))

    def is_asked(self, kind: Kind, since: datetime | None = None) -> None:
        """Return once Webex is asked for that, later than `since`."""
        self.webex.wait_for_request(
            lambda seen: seen.kind is kind and (since is None or seen.at > since),
            timedelta(seconds=30),
        )

    def slow_keyring(self) -> Slow:
        """Let the keyring wait in the middle of its next write, from now on."""
        made = Slow(Path(self.environ[SLOW_AT]))
        os.mkfifo(made.pipe)
        return made

    def presented(self) -> list[Kind]:
        """What was asked of Webex that spends a token, or brings new ones."""
        spends = (Kind.SERVICE_REFRESH, Kind.INTEGRATION_REFRESH, Kind.MINT, Kind.CODE_EXCHANGE)
        return [seen.kind for seen in self.webex.requests if seen.kind in spends]

    def lost(self, client: Client) -> bool:
        """Whether the store is without the refresh token that is the newest by now."""
        newest = self._newest(client)
        assert newest.generation > 1, "nothing was renewed"
        assert self.webex.tokens.live(newest.text, Use.REFRESH)
        return newest.text not in self.keyring

    def is_saved(self, client: Client) -> None:
        """Return once a new refresh token is in the store, whichever process saves it."""
        deadline = time.monotonic() + 60
        while self._newest(client).generation == 1 or self.lost(client):
            assert time.monotonic() < deadline, "the token is lost"
            time.sleep(0.05)

    def _newest(self, client: Client) -> Token:
        mine = [
            token
            for token in list(self.webex.tokens._tokens.values())
            if token.terms.client is client and token.use is Use.REFRESH
        ]
        return max(mine, key=lambda token: token.generation)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A stage with a home of its own and a keyring in a file."""
    home, work = folder / "home", folder / "work"
    home.mkdir(parents=True)
    work.mkdir()
    with Sandbox(policy=RefreshPolicy.ROTATED) as webex:
        kept = ("PATH", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "LANG")
        environ = {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PYTHON_KEYRING_BACKEND": "tests.faults.slow_keyring.SlowKeyring",
            SLOW_AT: str(home / "keyring-is-slow"),
            "TEST_KEYRING_FILE": str(home / "keyring.json"),
            "WEBEX_API_BASE": webex.api_base,
            "WEBEX_TOKEN_CONFIG": str(work / "token-config.json"),
        }
        made = Stage(webex, full_profile(work, webex), environ)
        try:
            yield made
        finally:
            made.release.set()


@dataclass(frozen=True)
class Method:
    """A way to renew. `prepare` leaves no other one; `kind`: the request that spends a token."""

    name: str
    kind: Kind
    client: Client
    prepare: Callable[[Stage], None]


def _only_service_refresh(made: Stage) -> None:
    made.webex.revoke_service_access()


def _only_integration_refresh(made: Stage) -> None:
    made.profile.pasted = None
    made.profile.write_config()
    made.webex.revoke_service_access()
    made.webex.revoke_service_refresh()


def _only_sign_in(made: Stage) -> None:
    use_redirect(made.profile, free_redirect(made.webex))
    made.webex.revoke_all()


ONE = Method("1", Kind.SERVICE_REFRESH, Client.SERVICE_APP, _only_service_refresh)
THREE = Method("3", Kind.INTEGRATION_REFRESH, Client.INTEGRATION, _only_integration_refresh)
SIGN_IN = Method("4", Kind.CODE_EXCHANGE, Client.INTEGRATION, _only_sign_in)
CHECK = Method("none", Kind.DATA_SOURCES, Client.SERVICE_APP, lambda _: None)


class Run:
    """A process in the middle of it. `says_so`: it tells that it has heard a signal, and waits."""

    def __init__(self, made: Stage, process: subprocess.Popen[str], *, says_so: bool) -> None:
        self.made = made
        self.process = process
        self._says_so = says_so

    def send(self, number: int) -> None:
        """Send the signal, and return once it is heard, as far as that can be seen."""
        self.process.send_signal(number)
        deadline = time.monotonic() + 60
        while not self._says_so and self._has_to_hear(number):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        if self._says_so:
            self.hears()

    def hears(self) -> None:
        """Return once it says that it has heard a signal."""
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if "after a second, ends at once" in line:
                return
        raise AssertionError(f"it has ended without waiting: {self.process.wait(60)}, {said}")

    def _has_to_hear(self, number: int) -> bool:
        """Whether the signal is not delivered yet, or the main thread is busy with it. The process
        is in `/proc` until its exit code is asked for."""
        told = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines()
        fields = {name: value.split() for name, _, value in (line.partition(":") for line in told)}
        pending = int(fields["SigPnd"][0], 16) | int(fields["ShdPnd"][0], 16)
        return fields["State"][0] == "R" or bool(
            fields["State"][0] != "Z" and pending & 1 << number - 1
        )

    def send_burst(self, numbers: Sequence[int], gap: float) -> None:
        """Send these signals `gap` seconds apart, the first as `send` does."""
        for number in numbers[:-1]:
            self.process.send_signal(number)
            time.sleep(gap)
        self.send(numbers[-1])

    def gets_at_once(self, *numbers: int) -> float:
        """Send these signals while it is stopped, and let it go on. Return when that was, by the
        monotonic clock."""
        self.stop()
        for number in numbers:
            self.process.send_signal(number)
        self.go_on()
        return time.monotonic()

    def stop(self) -> None:
        """Stop it, as Ctrl-Z does, and return once no thread of it runs."""
        self.process.send_signal(signal.SIGSTOP)
        _, status = os.waitpid(self.process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), "it has ended"

    def go_on(self) -> None:
        """Continue it."""
        self.process.send_signal(signal.SIGCONT)

    def ends(self, within: float) -> tuple[int, float, str]:
        """Wait for its end: the exit code, the seconds that it took, and what it said."""
        begun = time.monotonic()
        output, errors = self.process.communicate(timeout=within)
        return self.process.returncode, time.monotonic() - begun, output + errors


@contextmanager
def renewing(
    made: Stage, command: Sequence[str], method: Method, *, says_so: bool = True
) -> Iterator[Run]:
    """That command, once it has presented the token of this method."""
    method.prepare(made)
    made.acquire(method.kind)
    with _started(made, command) as process:
        if method is SIGN_IN:
            browse(_line(process, "http"))
        made.is_asked(method.kind)
        yield Run(made, process, says_so=says_so)


@contextmanager
def waiting_for_browser(made: Stage) -> Iterator[Run]:
    """`authorize`, once it waits for the person to sign in."""
    SIGN_IN.prepare(made)
    with _started(made, made.command("authorize", "--no-browser")) as process:
        _line(process, "Waiting until")
        yield Run(made, process, says_so=False)


@contextmanager
def _started(made: Stage, command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command,
        env=made.environ,
        cwd=made.profile.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: subprocess.Popen[str], beginning: str) -> str:
    """The next line of its output that begins so."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(beginning):
            return line.strip()
    raise AssertionError(f"it has not said {beginning}")


@contextmanager
def setting_up(made: Stage, method: Method) -> Iterator[Terminal]:
    """`setup` that keeps all it finds, once it has presented the token of this method."""
    method.prepare(made)
    with in_terminal(made.command("setup"), made.environ, made.profile.folder) as person:
        for _ in range(2):
            person.answer("(Enter keeps it) > ")
        person.hide("(hidden, Enter keeps it) > ")
        person.answer("(Enter keeps it) > ")
        person.answer("Which one [1]: ")
        person.answer("(Enter keeps it) > ")
        person.hide("(hidden, Enter keeps it) > ")
        person.answer("(Enter keeps it) > ")
        person.expect("(Enter keeps it) > ")
        last = made.webex.requests[-1].at  # it has tried the client secrets with refreshes
        made.acquire(method.kind)
        person.type("\n")
        made.is_asked(method.kind, since=last)
        yield person
