"""`watch` as a server runs it: a process, its lines, signals, and a service manager's socket."""

from __future__ import annotations

import io
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile, full_profile
from tests.system.datagrams import Manager
from tests.working import QUICK
from tray_app import bootstrap
from tray_app.cli import watch_loop
from tray_app.cli.watch_loop import Console, WatchLoop
from tray_app.model.permissions import RESIDENT
from tray_app.policy.request_budget import Budget
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.tokens import Use
from tray_app.secrets.store import MemoryStore
from tray_app.system.systemd import Notifier
from tray_app.webex.rate_limit import RateLimiter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="for servers: Linux")

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d ")


class Watch:
    """A `watch` that runs, and what it prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._new: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._new.put(self.lines[-1])
        self._new.put(None)

    def until(self, text: str, seconds: float = 30.0) -> str:
        """The next line with this in it."""
        end = time.monotonic() + seconds
        while True:
            line = self._new.get(timeout=max(0.001, end - time.monotonic()))
            assert line is not None, f"ended without {text!r}: {self.lines}"
            if text in line:
                return line

    def ended(self, number: int | None = signal.SIGTERM) -> int:
        """Its exit code, after this signal."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        self._reader.join(60)
        return code


@contextmanager
def watching_(program: Program, *arguments: str, **environ: str) -> Iterator[Watch]:
    with subprocess.Popen(
        program.command(*arguments, "watch"),
        env=program.environ | environ,
        cwd=program.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        made = Watch(process)
        try:
            yield made
        finally:
            process.kill()
            process.wait(60)
            made._reader.join(60)


@pytest.fixture
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    name = f"webex-token-tray-watch-{os.getpid()}"
    with Manager(abstract=name) as made:
        yield made


def test_a_line_a_change_with_its_time_and_a_clean_end(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Dead, renewed by itself; SIGTERM is exit code 0."""
    webex.revoke_service_access()
    with watching_(program) as watch:
        watch.until(f"watching {profile.config_path} for {profile.env_path}")
        watch.until("amber: Webex token rejected, renewing. Automatic retry at ")
        watch.until("green: Renewed with the service app's refresh token. Token works until ")
        assert watch.ended() == 0
    assert [line for line in watch.lines if not STAMP.match(line)] == []
    assert [STAMP.sub("", line).split(":")[0] for line in watch.lines[-3:]] == [
        "amber",
        "green",
        "ended",
    ]


def test_in_the_journal_a_line_has_its_severity_and_no_time(
    program: Program, webex: Sandbox
) -> None:
    """systemd tells by JOURNAL_STREAM what our output is connected to."""
    webex.revoke_all()
    reading, writing = os.pipe()
    state = os.fstat(writing)
    with (
        subprocess.Popen(
            program.command("watch"),
            env=program.environ | {"JOURNAL_STREAM": f"{state.st_dev}:{state.st_ino}"},
            cwd=program.folder,
            stdout=writing,
            stderr=subprocess.DEVNULL,
        ) as process,
        os.fdopen(reading) as lines,
    ):
        os.close(writing)
        found = ""
        while not found.startswith("<3>"):
            found = lines.readline()
            assert re.match(r"<[3-6]>\w", found)
        assert found.startswith("<3>red: Webex token rejected: ")
        process.terminate()
        assert process.wait(60) == 0


def test_systemd_is_told_how_it_stands_from_start_to_end(
    program: Program, profile: Profile, webex: Sandbox, manager: Manager
) -> None:
    """Ready with a token that works, not before; alive meanwhile; stopping at last."""
    webex.revoke_service_access()
    environ = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "600000"}
    with watching_(program, **environ) as watch:
        manager.until_says("STATUS=amber: Webex token rejected, renewing")
        ready = manager.until_says("READY=1")
        assert ready[1].startswith("STATUS=green: Renewed with the service app's refresh token")
        assert webex.tokens.live(profile.env_access() or "", Use.ACCESS)
        for _ in range(2):
            manager.until_says("WATCHDOG=1")
        watch.process.terminate()
        manager.until_says("STOPPING=1")
        assert watch.ended(None) == 0
    first = [lines[0] for lines in manager.heard if lines[0] != "WATCHDOG=1"]
    assert first.index("READY=1") > 0
    assert first[-1] == "STOPPING=1"


def test_sighup_reads_the_config_again_at_once(
    program: Program, profile: Profile, manager: Manager
) -> None:
    """An error in it is a line, and what was read before goes on; systemd hears when it is done."""
    with watching_(program, NOTIFY_SOCKET=manager.address) as watch:
        manager.until_says("READY=1")
        good = profile.config_path.read_text()
        profile.config_path.write_text("{")
        watch.process.send_signal(signal.SIGHUP)
        manager.until_says("RELOADING=1")
        watch.until(f"reading {profile.config_path} again")
        watch.until("but token-config.json cannot be used. Next (you): Correct token-config.json")
        assert "cannot be used" in manager.until_says("READY=1")[1]
        other = json.loads(good)
        other["tray"]["envFile"] = "other.env"
        profile.config_path.write_text(json.dumps(other))
        watch.process.send_signal(signal.SIGHUP)
        watch.until("green: Token works")
        manager.until_says("READY=1")
        assert (profile.folder / "other.env").exists()
        assert watch.ended() == 0


def test_ctrl_c_is_exit_130(program: Program) -> None:
    with watching_(program) as watch:
        watch.until("green: ")
        assert watch.ended(signal.SIGINT) == 130
    assert "Traceback" not in "".join(watch.lines)


def test_new_tokens_on_their_way_are_waited_for(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Webex may have rotated the refresh token: only its answer has the new one."""
    webex.revoke_service_access()
    release = threading.Event()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.held(release))
    with watching_(program) as watch:
        webex.wait_for_request(
            lambda seen: seen.kind is Kind.SERVICE_REFRESH, timedelta(seconds=60)
        )
        watch.process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            watch.process.wait(0.7)
        release.set()
        assert watch.ended(None) == 0
    assert webex.tokens.live(profile.env_access() or "", Use.ACCESS)


def test_one_a_profile_whether_watch_or_tray(program: Program, profile: Profile) -> None:
    """Exit code 3, both ways round; another config with the same `.env` is refused by name."""
    other = profile.folder / "other.json"
    other.write_text(profile.config_path.read_text())
    with watching_(program) as watch:
        watch.until("green: ")
        for verb in ("watch", "tray"):
            second = program(verb)
            assert second.returncode == 3
            assert second.stderr == f"Already running for {profile.config_path}.\n"
        same_env = program("--config", str(other), "watch")
        assert same_env.returncode == 3
        assert f"kept already by the tray of {profile.config_path}" in same_env.stderr
        assert watch.ended() == 0
    with watching_(program) as again:
        again.until("green: ")


def test_a_config_that_cannot_be_used_at_the_start_is_exit_78(
    program: Program, profile: Profile
) -> None:
    """A service that is set up wrongly should fail, and say why."""
    profile.config_path.write_text("{}")
    done = program("watch")
    assert done.returncode == 78
    assert "serviceApp.appId is missing" in done.stderr
    assert done.stdout == ""


def test_who_does_not_read_its_lines_does_not_stop_the_renewing(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    with subprocess.Popen(
        program.command("watch"),
        env=program.environ,
        cwd=program.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "watching" in process.stdout.readline()
        process.stdout.close()
        webex.revoke_service_access()
        process.send_signal(signal.SIGHUP)
        webex.wait_for_request(
            lambda seen: seen.kind is Kind.SERVICE_REFRESH, timedelta(seconds=60)
        )
        process.send_signal(signal.SIGTERM)
        errors = process.stderr.read() if process.stderr else ""
        assert process.wait(60) == 0
    assert "Traceback" not in errors
    assert "Broken" not in errors


def test_no_line_holds_a_secret(program: Program, profile: Profile, webex: Sandbox) -> None:
    webex.revoke_service_access()
    with watching_(program, "--debug") as watch:
        watch.until("green: Renewed")
        watch.ended()
    text = "\n".join(watch.lines)
    for secret in (
        profile.env_access(),
        profile.env_refresh(),
        profile.pasted,
        profile.refresh_token,
        webex.service_app.client_secret,
    ):
        assert secret
        assert secret not in text


def test_a_worker_that_is_stuck_is_not_vouched_for(
    profile: Profile,
    webex: Sandbox,
    manager: Manager,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """systemd then starts it anew; once it goes on, the signs of life do, too."""
    monkeypatch.setattr(watch_loop, "_HANG_TIMEOUT", 0.5)
    release = threading.Event()
    webex.faults.next(Kind.DATA_SOURCES, Fault.held(release))
    setup = bootstrap.ProfileContext(
        profile.config_path,
        profile.folders,
        webex.api_base,
        MemoryStore(durable=True),
        environ={},
        permissions=RESIDENT,
    )
    environ = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "300000"}
    watch = WatchLoop({"": setup}, Console(sys.stdout, to_journal=False), Notifier(environ))
    silent: list[bool] = []

    def look() -> None:
        try:
            webex.wait_for_request(
                lambda seen: seen.kind is Kind.DATA_SOURCES, timedelta(seconds=60)
            )
            end = time.monotonic() + 60
            while not silent and time.monotonic() < end:
                if manager.is_silent(0.8):
                    silent.append(True)
            release.set()
            manager.until_says("READY=1")
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    looking = threading.Thread(target=look)
    looking.start()
    assert watch.run("watching") == 0
    looking.join(60)
    assert silent
    assert "green: Token works" in capsys.readouterr().out


def test_it_is_light_enough_for_a_server(program: Program) -> None:
    """Neither a tray nor pictures are loaded."""
    code = (
        "import sys; import tray_app.cli.watch, tray_app.cli.watch_loop;"
        "print([name for name in ('PIL', 'pystray', 'jeepney', 'keyring', 'requests')"
        " if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=program.environ,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_several_profiles_are_watched_in_one_process_and_each_line_has_its_name(
    program: Program, profile: Profile, webex: Sandbox, manager: Manager, tmp_path: Path
) -> None:
    """Ready once all are; a reload is over once all have been read again."""
    del program.environ["WEBEX_TOKEN_CONFIG"]
    (tmp_path / "other").mkdir()
    other = full_profile(tmp_path / "other", webex, webex.add_customer())
    for name, each in (("acme", profile), ("byte", other)):
        program("profiles", "add", name, str(each.config_path))
    release = threading.Event()
    webex.faults.next(Kind.DATA_SOURCES, Fault.held(release), org=other.app.org_uuid)
    listed = {"WEBEX_TOKEN_CONFIG": ""}  # that one would be all
    with watching_(program, NOTIFY_SOCKET=manager.address, **listed) as watch:
        watch.until("watching 2 profiles: acme, byte")
        watch.until("acme: green: Token works")
        manager.until_says("STATUS=acme: green: Token works")
        assert manager.is_silent(0.2), "not ready yet"
        release.set()
        watch.until("byte: green: Token works")
        manager.until_says("READY=1")
        watch.process.send_signal(signal.SIGHUP)
        watch.until(f"byte: reading {other.config_path} again")
        manager.until_says("RELOADING=1")
        manager.until_says("READY=1")
        assert watch.ended() == 0


def test_ready_comes_only_once_each_profile_was_checked(
    profile: Profile,
    webex: Sandbox,
    manager: Manager,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It came while some still waited for their first turn. A long start is no failed one."""
    (tmp_path / "other").mkdir()
    other = full_profile(tmp_path / "other", webex, webex.add_customer())
    setups = {
        name: bootstrap.ProfileContext(
            each.config_path,
            profile.folders,
            webex.api_base,
            MemoryStore(durable=True),
            pace=QUICK,
            environ={},
            permissions=RESIDENT,
        )
        for name, each in (("acme", profile), ("byte", other))
    }
    slow = partial(bootstrap.Shared, rate_limiter=RateLimiter(Budget(5)))
    monkeypatch.setattr(bootstrap, "Shared", slow)
    environ = {"NOTIFY_SOCKET": manager.address}
    watch = WatchLoop(setups, Console(io.StringIO(), to_journal=False), Notifier(environ))

    def look() -> None:
        try:
            manager.until_says("READY=1")
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    looking = threading.Thread(target=look)
    looking.start()
    assert watch.run("watching") == 0
    looking.join(60)
    heard = [lines[0] for lines in manager.heard]
    assert heard[-1] == "READY=1"
    green = [line.split(":")[0] for line in heard if ": green: Token works" in line]
    assert sorted(green) == ["STATUS=acme", "STATUS=byte"]
    assert any(line.startswith("EXTEND_TIMEOUT_USEC=") for line in heard)
