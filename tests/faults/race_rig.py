"""Many processes on the same credentials, and who watches what they do to them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.env_file import EnvFile
from tests.faults import crash_keyring
from tests.profile import Profile
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.tokens import Use

ROOT = Path(__file__).parents[2]
RENEWALS = (Kind.SERVICE_REFRESH, Kind.MINT, Kind.INTEGRATION_REFRESH)

_LONGEST = 60.0


def two_profiles(root: Path, webex: Sandbox) -> tuple[Profile, Profile]:
    """Profiles of one person: they share the integration, and nothing else.

    The organization is named in the two ways that Webex takes, so that they are two credentials.
    """
    refresh, app = webex.sign_in().refresh, webex.service_app
    one = _profile(root / "one", webex, refresh, app.target_org_id)
    return one, _profile(root / "two", webex, refresh, app.org_uuid)


def _profile(folder: Path, webex: Sandbox, refresh: str, org: str) -> Profile:
    folder.mkdir()
    profile = Profile(folder, webex, refresh_token=refresh)

    def name_org(config: dict[str, Any]) -> None:
        config["serviceApp"]["targetOrgId"] = org

    profile.write_config(name_org)
    pair = webex.issue_service_pair()
    profile.write_env(pair.access, pair.refresh)
    return profile


class Watcher:
    """Reads `.env` all the time, as other programs do, and counts pairs of two issues."""

    def __init__(self, profiles: tuple[Profile, ...], webex: Sandbox) -> None:
        self._webex = webex
        self.mixed = 0
        self.reads = 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=(p,)) for p in profiles]

    def __enter__(self) -> Watcher:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, profile: Profile) -> None:
        env = EnvFile(profile.env_path)
        while not self._over.wait(0.002):
            found = env.read()
            texts = [token.reveal() for token in (found.access, found.refresh) if token]
            self.reads += 1
            self.mixed += len(texts) != 2 or len({self._webex.generation(t) for t in texts}) != 1


class Crowd:
    """The processes. `met`: what they have met, once they have ended."""

    def __init__(self, processes: list[subprocess.Popen[str]]) -> None:
        self._processes = processes
        self.met: Counter[str] = Counter()

    def end(self) -> None:
        """Tell all of them to end, and hear what they have met."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        for process in self._processes:
            assert process.stdout is not None
            self.met.update(json.loads(process.stdout.read()))
            assert process.wait(_LONGEST) == 0


@contextmanager
def crowd(
    home: Path, webex: Sandbox, profiles: tuple[Profile, ...], processes: int, threads: int
) -> Iterator[Crowd]:
    """So many programs with so many threads each, and a tray of each profile beside them."""
    home.mkdir()
    environ = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environ |= {
        "HOME": str(home),
        "PYTHON_KEYRING_BACKEND": crash_keyring.NAME,
        crash_keyring.FILE: str(home / "keyring.json"),
    }
    configs = [str(profile.config_path) for profile in profiles]
    commands = [[webex.api_base, str(threads), *configs]] * processes
    commands.append([webex.api_base, "0", *configs])
    with ExitStack() as stack:
        started = [stack.enter_context(_started(command, environ)) for command in commands]
        for process in started:
            stack.callback(process.kill)
        yield Crowd(started)


def _started(command: list[str], environ: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.faults.race_program", *command],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def settle(webex: Sandbox, profiles: tuple[Profile, ...], quiet: float) -> None:
    """Wait until every `.env` works again, and then for so many seconds more."""
    deadline = time.monotonic() + _LONGEST
    while not all(works(webex, profile) for profile in profiles):
        assert time.monotonic() < deadline, "nobody has renewed the token"
        time.sleep(0.01)
    time.sleep(quiet)


def works(webex: Sandbox, profile: Profile) -> bool:
    """Whether the token in that `.env` is good."""
    token = profile.env_access()
    return token is not None and webex.tokens.live(token, Use.ACCESS) is not None


def renewals(webex: Sandbox, since: int) -> Counter[Kind]:
    """What Webex has granted since it had got so many requests."""
    seen = webex.requests[since:]
    return Counter(r.kind for r in seen if r.kind in RENEWALS and r.status == 200)
