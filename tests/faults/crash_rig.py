"""A profile whose program is killed, again and again, and what must be so afterwards."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from tests.consent import free_redirect, use_redirect
from tests.faults.crash_keyring import FileKeyring
from tests.faults.crash_points import ASK, KEPT, NO, READ, REPLY, Event, events
from tests.faults.table import Bar, rounds
from tests.profile import COMMENT, OTHER, Profile
from tray_app.model.signs import Colour
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy, Switches
from tray_app.sandbox.tokens import Use

BAR = Bar("B3", "crash", least=rounds(30, 1021))

ROOT = Path(__file__).parents[2]
KILLED = -9

_EXCHANGE = "POST access_token"


class Runner:
    """Starts the program as often as wanted, from one warm process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, **request: Any) -> dict[str, Any]:
        """Run once; "status" is its exit code, KILLED where it was."""
        asked, answers = self._ends()
        asked.write(json.dumps(request) + "\n")
        asked.flush()
        line = answers.readline()
        assert line, "the process that starts the program has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ends(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


@contextmanager
def runner(session: Mapping[str, str] = MappingProxyType({})) -> Iterator[Runner]:
    """A warm process that forks, and ends when it is asked nothing any more.

    `session`: the environment of a desktop session, whose keyring is used then.
    """
    environ = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environ |= session
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.faults.crash_program"],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Runner(process)


@dataclass
class Crash:
    """One run that was killed, or ended by itself. `passed`: the points, and times between."""

    status: int
    passed: list[Event]
    reuses: int = 0
    at_random: bool = False

    @property
    def last(self) -> str:
        """The point at which it ended."""
        return next((e.name for e in reversed(self.passed) if e.number), "the start")

    @property
    def in_gap(self) -> bool:
        """Whether an answer of the token endpoint was here, or on its way, and not saved.

        A kill at the point before a request means that it was not sent; a random one may not.
        """
        open_ = False
        for event in self.passed:
            if event.name in (f"{ASK} {_EXCHANGE}", f"{REPLY} {_EXCHANGE}"):
                open_ = True
            elif event.name == f"{NO} {_EXCHANGE}" or event.name.startswith(KEPT):
                open_ = False
        return open_ and (self.at_random or self.last != f"{ASK} {_EXCHANGE}")

    @property
    def has_candidate(self) -> bool:
        """Whether what a person signed in for was saved."""
        return any(e.name.startswith(KEPT) and e.name.endswith("candidate") for e in self.passed)


def gaps(passed: list[Event]) -> list[float]:
    """Seconds from each answer of the token endpoint to its first save."""
    found, here = [], 0.0
    waiting = False
    for event in passed:
        if event.name == READ:
            here = event.at
        elif event.name == f"{REPLY} {_EXCHANGE}":
            waiting = True
        elif event.name.startswith(KEPT) and waiting:
            found.append(event.at - here)
            waiting = False
    return found


@dataclass
class Bench:
    """A profile, its sandbox, and the program that is run on it.

    `secrets`: asks another keyring than that in a file what it holds; `in_file`: the config asks
    for the file of secrets in place of the keyring.
    """

    folder: Path
    webex: Sandbox
    run: Runner
    secrets: Callable[[], dict[str, str]] | None = None
    in_file: bool = False
    profile: Profile = field(init=False)

    def __post_init__(self) -> None:
        uri = free_redirect(self.webex)
        store = "file" if self.in_file else "keyring"
        self.profile = Profile(self.folder, self.webex, secret_store=store)
        self.redirect = uri
        self.start_over()

    @property
    def keyring(self) -> dict[str, str]:
        """What the keyring holds, by name."""
        if self.secrets is not None:
            return self.secrets()
        if self.in_file:
            path = self.profile.folders.secrets
            found: dict[str, str] = (
                json.loads(path.read_bytes())["secrets"] if path.exists() else {}
            )
            return found
        return FileKeyring.all_secrets(self.folder / "keyring.json")

    def entry(self, ending: str) -> str | None:
        """The keyring's entry whose name ends so."""
        return next((v for n, v in self.keyring.items() if n.endswith(ending)), None)

    def start_over(self, *, pasted: bool = True) -> None:
        """A profile as a person makes it: literals in the config, no keyring, no journal."""
        self.profile.folders.secrets.unlink(missing_ok=True)
        for name in ("keyring.json", "state/journal.sqlite3", "state/journal.sqlite3-wal"):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / "state/journal.sqlite3-shm").unlink(missing_ok=True)
        self.profile.pasted = self.webex.issue_personal_token() if pasted else None
        self.profile.refresh_token = self.webex.sign_in().refresh
        use_redirect(self.profile, self.redirect)
        pair = self.webex.issue_service_pair()
        self.profile.write_env(pair.access, pair.refresh)

    def crash(self, action: str, fatal: int | None = None, delay: float | None = None) -> Crash:
        """Run, and be killed at that point or after so many seconds."""
        before, trace = self.webex.reuses, self.folder / "trace"
        done = self._asked(action, trace, fatal, delay)
        return Crash(done["status"], events(trace), before, at_random=delay is not None)

    def restart(self, action: str = "restart") -> str:
        """Start anew, as a tray does that is left alone; the colour it comes to."""
        done = self._asked(action, self.folder / "trace-of-restart", None, None)
        assert done["status"] == 0, "the restart failed; see above"
        return str(done["colour"])

    def _asked(
        self, action: str, trace: Path, fatal: int | None, delay: float | None
    ) -> dict[str, Any]:
        trace.unlink(missing_ok=True)
        trace.touch()
        return self.run(
            folder=str(self.folder),
            base=self.webex.api_base,
            action=action,
            fatal=fatal,
            delay=delay,
            trace=str(trace),
        )

    def is_whole(self) -> bool:
        """Whether `.env` has two tokens of one issue, and all the rest as it was."""
        text = self.profile.env_path.read_text(encoding="utf-8")
        lines = r"WEBEX_SERVICE_APP_ACCESS_TOKEN=(\S+)\nWEBEX_SERVICE_APP_REFRESH_TOKEN=(\S+)\n"
        found = re.fullmatch(re.escape(COMMENT) + lines + re.escape(OTHER), text)
        return found is not None and len({self.webex.generation(t) for t in found.groups()}) == 1

    def lives(self, token: str | None) -> bool:
        """Whether it is a refresh token that works."""
        return token is not None and self.webex.tokens.live(token, Use.REFRESH) is not None

    def holds_what_env_has(self) -> bool:
        """Whether the keyring's pair is that of `.env`."""
        held = json.loads(self.entry("/tokens") or "{}")
        there = {"access": self.profile.env_access(), "refresh": self.profile.env_refresh()}
        return bool(held == there)


@dataclass(frozen=True)
class Scenario:
    """What is broken before each run, and what the run is. `stake`: whether the run renews the
    integration's sign-in, so that the gap may cost it; `person`: whether it begins with a person's
    yes, which a crash before its first save costs."""

    name: str
    prepare: Callable[[Bench], None]
    action: str = "tray"
    pasted: bool = True
    stake: bool = False
    person: bool = False


def bench_of(
    folder: Path,
    webex: Sandbox,
    run: Runner,
    scenario: Scenario,
    secrets: Callable[[], dict[str, str]] | None = None,
    *,
    in_file: bool = False,
) -> Bench:
    """A bench that is green, with everything in its keyring, or in its file."""
    bench = Bench(folder, webex, run, secrets, in_file)
    renew_all(bench, pasted=scenario.pasted)
    return bench


def renew_all(bench: Bench, *, pasted: bool) -> None:
    """Make it green again, after a person was needed."""
    bench.start_over(pasted=pasted)
    assert bench.restart() == Colour.GREEN


@contextmanager
def strict_webex() -> Iterator[Sandbox]:
    """A Webex that rotates refresh tokens, and revokes all of a grant when an old one returns."""
    switches = Switches(reuse_revokes_grant=True)
    with Sandbox(policy=RefreshPolicy.ROTATED, switches=switches) as webex:
        yield webex


def faults_after(bench: Bench, scenario: Scenario, crash: Crash) -> list[str]:
    """Start anew after the crash, and say what is not as it must be."""
    found = []
    if crash.status not in (0, KILLED):
        found.append(f"the run ended by itself with {crash.status}")
    if not bench.is_whole():
        found.append(".env was torn")
    colour = bench.restart()
    lost = scenario.stake and crash.in_gap
    excused = lost or (scenario.person and not crash.has_candidate)
    if colour != Colour.GREEN:
        if not excused:
            found.append(f"a restart came to {colour}")
        renew_all(bench, pasted=scenario.pasted)
        return found
    if not bench.is_whole():
        found.append(".env is torn")
    if not bench.holds_what_env_has():
        found.append("the keyring holds another pair than .env")
    if not crash.in_gap and bench.webex.reuses != crash.reuses:
        found.append("an old refresh token was presented")
    pair_lives = bench.lives(bench.profile.env_refresh())
    sign_in_lives = bench.lives(bench.entry("/refresh"))
    if not (pair_lives or crash.in_gap):
        found.append("the service app's refresh token is lost")
    if not (sign_in_lives or lost):
        found.append("the integration's refresh token is lost")
    if not (pair_lives and sign_in_lives):
        renew_all(bench, pasted=scenario.pasted)
    return found


# --- scenarios --------------------------------------------------------------------------------


def nothing_dies(_: Bench) -> None:
    """Renewed ahead of its end: what `.env` has works all the while, the old one too."""


def service_access_dies(bench: Bench) -> None:
    """Rung 1."""
    bench.webex.revoke_service_access()


def service_app_dies(bench: Bench) -> None:
    """Rung 2, with the pasted token or with what the integration has."""
    bench.webex.revoke_service_access()
    bench.webex.revoke_service_refresh()


def only_the_sign_in_lives(bench: Bench) -> None:
    """Rung 3, and 2."""
    service_app_dies(bench)
    bench.webex.revoke_integration_access()


def everything_dies(bench: Bench) -> None:
    """Only a person helps, and nothing is left of what a crash before this may have kept."""
    bench.webex.revoke_all()


def a_sign_in_waits_for_its_proof(bench: Bench) -> None:
    """It was saved, and Webex went down."""
    from tray_app.sandbox.faults import Fault
    from tray_app.sandbox.recording import Kind

    bench.webex.revoke_all()
    bench.webex.faults.next(Kind.MINT, Fault.unavailable(), times=None)
    bench.restart("sign-in")
    bench.webex.faults.clear()
    assert bench.entry("/candidate") is not None


def all_is_new(bench: Bench) -> None:
    """The first start: secrets in the config, none in the keyring, a dead token."""
    bench.start_over()
    bench.webex.revoke_service_access()


def others_are_written_into_the_config(bench: Bench) -> None:
    """A person writes newer ones over "@keyring": one is good, the sign-in is not."""
    only_the_sign_in_lives(bench)
    bench.profile.pasted = None
    bench.profile.refresh_token = "not-a-sign-in-of-Webex"
    use_redirect(bench.profile, bench.redirect)


def a_token_that_is_none_is_pasted(bench: Bench) -> None:
    """The one that it displaces comes back."""
    service_app_dies(bench)
    bench.webex.revoke_integration()
    bench.profile.pasted = bench.webex.issue_personal_token()
    bench.profile.refresh_token = bench.webex.sign_in().refresh
    use_redirect(bench.profile, bench.redirect)
    assert bench.restart() == Colour.GREEN
    service_app_dies(bench)
    bench.webex.revoke_integration_access()
    bench.profile.pasted = "not-a-token-of-Webex"
    use_redirect(bench.profile, bench.redirect)


def somebody_else_renews(bench: Bench) -> None:
    """An old script writes a pair of its own into `.env`."""
    pair = bench.webex.issue_service_pair()
    bench.profile.write_env(pair.access, pair.refresh)


def an_old_env_comes_back(bench: Bench) -> None:
    """As from a backup: what is in it has been replaced, and is dead."""
    old = bench.profile.env_path.read_bytes()
    bench.webex.revoke_service_access()
    assert bench.restart() == Colour.GREEN
    bench.profile.env_path.write_bytes(old)


SCENARIOS = (
    Scenario("rung 1", service_access_dies),
    Scenario("rung 1, ahead of the end", nothing_dies, "refresh"),
    Scenario("rung 2, pasted", service_app_dies),
    Scenario("rung 2, integration", service_app_dies, pasted=False),
    Scenario("rung 3 and 2", only_the_sign_in_lives, pasted=False, stake=True),
    Scenario("re-authorization", everything_dies, "sign-in", pasted=False, person=True),
    Scenario("a candidate", a_sign_in_waits_for_its_proof, pasted=False),
    Scenario("first start", all_is_new),
    Scenario(
        "a wrong sign-in written", others_are_written_into_the_config, pasted=False, stake=True
    ),
    Scenario("a wrong token pasted", a_token_that_is_none_is_pasted),
    Scenario("a foreign .env", somebody_else_renews),
    Scenario("an old .env", an_old_env_comes_back),
)
