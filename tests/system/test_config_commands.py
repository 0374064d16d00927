"""tray.onTokenChange: a real command, run beside; whatever it does, nothing waits for it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.other_user import only_root
from tests.plain_python import PLAIN_PYTHON
from tray_app.model.ownership import Ownership, User
from tray_app.model.secret import Secret
from tray_app.model.variables import NOT_INHERITED
from tray_app.system import config_commands
from tray_app.system.atomic_file import read_opened
from tray_app.system.config_commands import (
    STATE_CHANGE,
    Change,
    ConfigCommands,
    why_not_run,
)
from tray_app.system.locks import Locks
from tray_app.system.log import REDACTOR
from tray_app.system.ownership import ownership_of, this_user

pytestmark = pytest.mark.process
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and modes are others here")


@dataclass
class Bench:
    """A config with a command, and files in which the command leaves traces."""

    folder: Path
    commands: ConfigCommands

    @property
    def config(self) -> Path:
        return self.folder / "token-config.json"

    def change(self, *command: str, env: str = ".env") -> Change:
        return Change(command, self.folder / env, self.config, self.written_by)

    @property
    def written_by(self) -> Ownership:
        """Ownership of the config, as of now."""
        return read_opened(self.config, lambda handle: ownership_of(self.config, handle))[1]

    def python(self, code: str, *arguments: str, env: str = ".env") -> Change:
        return self.change(*PLAIN_PYTHON, "-c", code, *arguments, env=env)

    def news_of(self, change: Change) -> tuple[str, ...]:
        """What a run has to tell, once it has ended."""
        self.commands.schedule(change)
        self.commands.close()
        return self.commands.drain_notices()

    def seen(self, name: str = "seen") -> str:
        """What a command has written."""
        return (self.folder / name).read_text()

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not is_so():
            assert time.monotonic() < end
            time.sleep(0.01)


def bench_of(folder: Path, limit: float = 20.0) -> Bench:
    made = Bench(folder, ConfigCommands(Locks(folder / "locks", 20), limit))
    made.config.write_text("{}")
    made.config.chmod(0o600)
    return made


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = bench_of(tmp_path)
    yield made
    made.commands.close()


SAYS = "import pathlib, sys; pathlib.Path('seen').write_text(repr(sys.argv[1:]))"


def test_it_runs_in_the_config_s_folder_with_its_arguments_to_the_letter(bench: Bench) -> None:
    """No shell reads them."""
    odd = ["a b", "$HOME", "`id`", "$(id)", "*", "'", '"', "", "; exit 3"]
    assert bench.news_of(bench.python(SAYS, *odd)) == ()
    assert bench.seen() == repr(odd)


def test_no_command_is_no_run(bench: Bench) -> None:
    assert bench.news_of(bench.change()) == ()
    assert not [thread for thread in threading.enumerate() if thread.name == "command"]


def test_it_gets_the_path_of_env_and_no_secret(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor what systemd tells this program alone."""
    for name in (*NOT_INHERITED, "NOTIFY_SOCKET", "WATCHDOG_USEC"):
        monkeypatch.setenv(name, "CANARY")
    monkeypatch.setenv("WEBEX_TARGET_ORG_ID", "kept")
    code = "import os, pathlib; pathlib.Path('seen').write_text(repr(dict(os.environ)))"
    assert bench.news_of(bench.python(code)) == ()
    assert "CANARY" not in bench.seen()
    environ = dict(eval(bench.seen()))  # noqa: S307 - written by our own line above
    assert environ["WEBEX_TOKEN_TRAY_ENV_FILE"] == str(bench.folder / ".env")
    assert environ["WEBEX_TARGET_ORG_ID"] == "kept"


def test_it_gets_no_token_under_a_name_of_outputs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It inherited those that `tray.outputs` names, as after `set -a; . ./.env`."""
    token = Secret("CANARY-access-token-of-our-own")
    REDACTOR.add([token])
    monkeypatch.setenv("WEBEX_ACCESS_TOKEN", token.reveal())
    code = "import os, pathlib; pathlib.Path('seen').write_text(repr(dict(os.environ)))"
    assert bench.news_of(bench.python(code)) == ()
    assert "WEBEX_ACCESS_TOKEN" not in bench.seen()


TELLS = """
import os, sys, time
text = sys.stdin.read()
with open("seen", "a") as seen:
    seen.write(os.environ.get("WEBEX_TOKEN_TRAY_EVENT", "token") + text)
time.sleep(float(sys.argv[1]))
"""


def of_state(bench: Bench, event: str, seconds: float = 0.0) -> Change:
    """A change of the state for which a command runs that takes so long."""
    change = bench.python(TELLS, str(seconds))
    variables = {"WEBEX_TOKEN_TRAY_EVENT": event}
    return replace(change, key=STATE_CHANGE, variables=variables, text="!\n")


def test_each_change_of_the_state_is_run_for_in_order_and_a_token_goes_first(bench: Bench) -> None:
    for event in ("worse", "renewed", "better"):
        bench.commands.schedule(of_state(bench, event, 1))
    bench.wait_for((bench.folder / "seen").exists)
    for _ in range(2):
        bench.commands.schedule(bench.python(TELLS, "0"))
    bench.commands.close()
    assert bench.commands.drain_notices() == ()
    first, *others = bench.seen().split()
    assert first == "worse!"
    assert others == ["tokenrenewed!", "better!"]


def test_a_state_that_its_command_does_not_read_holds_up_nothing(bench: Bench) -> None:
    """A pipe would be full."""
    change = replace(bench.python("pass"), key=STATE_CHANGE, text="x" * (1 << 20))
    assert bench.news_of(change) == ()


def test_its_failure_names_its_key(bench: Bench) -> None:
    change = replace(bench.python("raise SystemExit(3)"), key=STATE_CHANGE)
    (told,) = bench.news_of(change)
    assert told == f"tray.onStateChange failed: {sys.executable} ended with exit code 3"


def test_at_the_end_all_that_wait_are_started_and_none_is_waited_for(bench: Bench) -> None:
    for event in ("worse", "renewed", "better"):
        bench.commands.schedule(of_state(bench, event, 3))
    bench.wait_for((bench.folder / "seen").exists)
    bench.commands.shorten_timeouts()
    begun = time.monotonic()
    bench.commands.close()
    assert time.monotonic() - begun < 2.5
    # The last two are started at the same moment: either may write first.
    bench.wait_for(lambda: sorted(bench.seen().split()) == ["better!", "renewed!", "worse!"])
    for thread in threading.enumerate():
        if thread.name.startswith("command"):
            thread.join(60)


def test_only_so_many_wait(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that hangs must not let them pile up."""
    monkeypatch.setattr(config_commands, "_MOST_WAITING", 5)
    bench.commands.schedule(of_state(bench, "first", 1))
    bench.wait_for((bench.folder / "seen").exists)
    for number in range(9):
        bench.commands.schedule(of_state(bench, f"{number}-"))
    bench.commands.close()
    assert bench.seen().split() == ["first!", *(f"{number}-!" for number in range(4, 9))]


def test_a_change_of_the_token_is_not_dropped_for_changes_of_the_state(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits first, and so was the oldest."""
    monkeypatch.setattr(config_commands, "_MOST_WAITING", 5)
    bench.commands.schedule(of_state(bench, "first", 1))
    bench.wait_for((bench.folder / "seen").exists)
    bench.commands.schedule(bench.python(TELLS, "0"))
    for number in range(6):
        bench.commands.schedule(of_state(bench, f"{number}-"))
    bench.commands.close()
    assert "".join(bench.seen().split()) == "first!token1-!2-!3-!4-!5-!"


@pytest.mark.skipif(sys.platform != "linux", reason="others have no file in memory")
def test_a_full_disk_does_not_keep_a_change_of_the_state_from_its_command(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is what the change may be."""
    monkeypatch.setattr("tempfile.tempdir", str(bench.folder / "no such folder"))
    assert bench.news_of(of_state(bench, "worse")) == ()
    assert bench.seen() == "worse!\n"


def test_whether_it_would_run_is_known_without_running_it(bench: Bench) -> None:
    script = bench.folder / "here"
    script.write_text("#!/bin/sh\ntouch seen\n")
    assert why_not_run(bench.change(sys.executable)) == ""
    assert why_not_run(bench.change("no-such-program")) == "there is no such program"
    assert why_not_run(bench.change("./gone")) != ""
    if os.name == "posix":
        assert why_not_run(bench.change("./here")) == "there is no such program"
        script.chmod(0o700)
        assert why_not_run(bench.change("./here")) == ""
        script.chmod(0o722)
        assert "so they can put another program there" in why_not_run(bench.change("./here"))
        bench.config.chmod(0o622)
        assert why_not_run(bench.change("./here")).startswith("it is not run, because")
    assert not (bench.folder / "seen").exists()


def test_its_output_never_gets_into_ours(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    """`status --json` is for programs; the command's output goes to stderr."""
    bench.news_of(bench.python("import sys; print('out'); print('err', file=sys.stderr)"))
    output, errors = capfd.readouterr()
    assert (output, set(errors.split())) == ("", {"out", "err"})


def test_a_failure_is_reported_once(bench: Bench) -> None:
    told = bench.news_of(bench.python("raise SystemExit(3)"))
    failed = f"tray.onTokenChange failed: {sys.executable} ended with exit code 3"
    assert told == (f"The new token is in .env; {failed}",)
    assert not bench.commands.has_notices


@pytest.mark.parametrize("program", ["no-such-program", "./no-such-program", "."])
def test_a_program_that_cannot_be_started_is_reported(bench: Bench, program: str) -> None:
    (told,) = bench.news_of(bench.change(program))
    assert f"tray.onTokenChange failed: {program} cannot be started: " in told


@POSIX
def test_an_end_by_a_signal_is_reported(bench: Bench) -> None:
    (told,) = bench.news_of(bench.python("import os; os.kill(os.getpid(), 9)"))
    assert "was ended by signal 9" in told


@POSIX
def test_what_takes_too_long_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    """Even what does not listen to a request to end."""
    bench = bench_of(tmp_path, limit=1.0)
    deaf = "trap '' TERM; sleep 60 & echo $! > child; echo $$ > leader; wait; sleep 60"
    (told,) = bench.news_of(bench.change("sh", "-c", deaf))
    assert "sh took longer than 1 seconds and was ended" in told
    for name in ("child", "leader"):
        bench.wait_for(lambda name=name: not _lives(int(bench.seen(name))))  # type: ignore[misc]


def _lives(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # gone before it was opened, or before the read
        return False
    return state != "Z"


RECORDS = """
import os, pathlib, time
here = pathlib.Path('runs')
here.mkdir(exist_ok=True)
name = pathlib.Path(os.environ['WEBEX_TOKEN_TRAY_ENV_FILE']).name
(here / f'{name}.begun').touch()
beside = list(here.glob('*.running'))
(here / f'{name}.running').touch()
while name == '1' and not pathlib.Path('go').exists():
    time.sleep(0.01)
(here / f'{name}.running').unlink()
raise SystemExit(len(beside))
"""


def runs(bench: Bench) -> set[str]:
    return {path.stem for path in (bench.folder / "runs").glob("*.begun")}


def test_it_never_runs_beside_itself_and_the_latest_change_wins(bench: Bench) -> None:
    """Whoever waits for the first one runs once, for the last one."""
    bench.commands.schedule(bench.python(RECORDS, env="1"))
    bench.wait_for(lambda: runs(bench) == {"1"})
    for later in ("2", "3", "4"):
        bench.commands.schedule(bench.python(RECORDS, env=later))
    (bench.folder / "go").touch()
    bench.commands.close()
    assert runs(bench) == {"1", "4"}
    assert bench.commands.drain_notices() == ()


def test_nor_beside_that_of_another_process(bench: Bench) -> None:
    """As of a `refresh` that renews while the tray's command runs."""
    other = ConfigCommands(Locks(bench.folder / "locks", 20))
    bench.commands.schedule(bench.python(RECORDS, env="1"))
    bench.wait_for(lambda: runs(bench) == {"1"})
    other.schedule(bench.python(RECORDS, env="2"))
    (bench.folder / "go").touch()
    other.close()
    bench.commands.close()
    assert runs(bench) == {"1", "2"}
    assert (*bench.commands.drain_notices(), *other.drain_notices()) == ()


def test_one_of_another_process_that_does_not_end_is_reported(bench: Bench) -> None:
    impatient = ConfigCommands(Locks(bench.folder / "locks", 0.05))
    bench.commands.schedule(bench.python(RECORDS, env="1"))
    bench.wait_for(lambda: runs(bench) == {"1"})
    impatient.schedule(bench.python(RECORDS, env="2"))
    impatient.close()
    (told,) = impatient.drain_notices()
    assert "was not run, because the previous run has not ended" in told
    (bench.folder / "go").touch()


def test_a_program_that_ends_does_not_wait_and_leaves_it_alone(bench: Bench) -> None:
    """A restart that is under way is not cut in two."""
    bench.commands.schedule(bench.python(RECORDS, env="1"))
    bench.wait_for((bench.folder / "runs/1.running").exists)
    bench.commands.shorten_timeouts()
    bench.commands.close()
    assert (bench.folder / "runs/1.running").exists()
    (bench.folder / "go").touch()
    bench.wait_for(lambda: not (bench.folder / "runs/1.running").exists())


@POSIX
@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_config_that_others_can_write_runs_nothing(bench: Bench, mode: int) -> None:
    """They would run their programs as this user; the remedy that is told helps."""
    bench.config.chmod(mode)
    (told,) = bench.news_of(bench.python(SAYS))
    assert f"not run, because other users can write {bench.config}: chmod go-w" in told
    assert not (bench.folder / "seen").exists()
    subprocess.run(shlex.split(told.partition(f"{bench.config}: ")[2]), check=True)
    assert bench.news_of(bench.python(SAYS)) == ()


@POSIX
@only_root
def test_a_config_of_another_user_runs_nothing(bench: Bench) -> None:
    os.chown(bench.config, 12345, -1)
    (told,) = bench.news_of(bench.python(SAYS))
    assert "belongs to another user" in told


@POSIX
@only_root
def test_a_config_that_is_swapped_after_it_was_read_runs_nothing(bench: Bench) -> None:
    """What counts is who could write the file that the command was read from, not the file that
    has its name now."""
    os.chown(bench.config, 12345, -1)
    change = bench.python(SAYS)
    (bench.folder / "harmless").write_text("{}")
    (bench.folder / "harmless").rename(bench.config)
    (told,) = bench.news_of(change)
    assert "belongs to another user" in told
    assert not (bench.folder / "seen").exists()


@POSIX
def test_without_the_ownership_of_the_config_it_is_not_run(bench: Bench) -> None:
    """A slip of ours must not run a command unseen."""
    (told,) = bench.news_of(replace(bench.python(SAYS), written_by=None))
    assert "it is not known who" in told


@POSIX
def test_ctrl_c_in_the_terminal_is_not_for_it(bench: Bench) -> None:
    """It is in a session of its own."""
    code = "import os, pathlib; pathlib.Path('seen').write_text(f'{os.getsid(0)} {os.getpid()}')"
    bench.news_of(bench.python(code))
    session, number = bench.seen().split()
    assert session == number
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@POSIX
@pytest.mark.parametrize("mode", [0o1777, 0o777, 0o775])
def test_where_others_can_plant_a_module_it_does_not_run(tmp_path: Path, mode: int) -> None:
    """`python3 -c` imports what lies in its folder, as `json.py`; the sticky bit lets all add."""
    shared = tmp_path / "shared"
    shared.mkdir()
    bench = bench_of(shared)
    (shared / "json.py").write_text("import pathlib; pathlib.Path('planted').touch()")
    os.chown(shared, -1, 61234) if os.geteuid() == 0 else None
    if mode == 0o775 and os.geteuid() != 0:
        pytest.skip("only root can give a folder to another group")
    shared.chmod(mode)
    (told,) = bench.news_of(bench.python("import json"))
    assert not (shared / "planted").exists()
    assert f"is not run, because other users can create files in {shared}, where it would" in told
    assert "move the config into a folder that only you can write" in told


@POSIX
def test_a_folder_that_is_swapped_after_it_was_judged_is_not_the_one_it_runs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc")
    mine, moved = tmp_path / "mine", tmp_path / "moved"
    mine.mkdir()
    bench = bench_of(mine)
    change = bench.python(SAYS)
    start = config_commands._started

    def swapped(change: Change, folder: str) -> subprocess.Popen[bytes]:
        mine.rename(moved)
        mine.mkdir()
        return start(change, folder)

    monkeypatch.setattr(config_commands, "_started", swapped)
    assert bench.news_of(change) == ()
    assert (moved / "seen").exists()
    assert not (mine / "seen").exists()


@pytest.fixture
def above(tmp_path: Path) -> Path:
    """A folder with another one of this user's in it."""
    (tmp_path / "above/mine").mkdir(parents=True, mode=0o700)
    return tmp_path / "above"


@POSIX
@pytest.mark.parametrize(("mode", "runs"), [(0o777, False), (0o1777, True), (0o755, True)])
def test_where_others_can_exchange_the_folder_it_does_not_run(
    above: Path, mode: int, runs: bool
) -> None:
    """Another folder of this user's, with another command in it, would take its place."""
    bench = bench_of(above / "mine")
    above.chmod(mode)
    told = bench.news_of(bench.python(SAYS))
    assert (bench.folder / "seen").exists() == runs
    if runs:
        assert told == ()
        return
    assert f"it is not run, because every user can write {above}, so they can put" in told[0]
    subprocess.run(shlex.split(told[0].rpartition("there: ")[2]), check=True)
    assert bench.news_of(bench.python(SAYS)) == ()


@POSIX
@only_root
@pytest.mark.parametrize("what", ["folder", "link", "config"])
def test_nor_below_what_belongs_to_another_user(
    above: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Not even to the one who called sudo. The config itself may be a link, too."""
    monkeypatch.setenv("SUDO_UID", "12345")
    bench = bench_of(above / "mine")
    place = above
    if what == "link":
        place = above.parent / "link"
        place.symlink_to(above)
    config = place / "mine" / bench.config.name
    if what == "config":
        place = above.parent / "elsewhere"
        place.mkdir()
        config.rename(place / "config")
        config.symlink_to(place / "config")
    change = replace(bench.python(SAYS), config=config)
    os.chown(place, 12345, -1, follow_symlinks=False)
    (told,) = bench.news_of(change)
    assert f"{place} belongs to another user (12345), so they can put another config there" in told
    assert not (bench.folder / "seen").exists()


@POSIX
def test_a_folder_that_is_moved_while_it_is_judged_runs_nothing(
    above: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc")
    bench = bench_of(above / "mine")
    change = bench.python(SAYS)

    def moved(folder: Path, environ: dict[str, str]) -> User:
        (above / "mine").rename(above / "moved")
        (above / "mine").mkdir()
        bench.config.touch()
        return this_user(folder, environ)

    monkeypatch.setattr(config_commands, "this_user", moved)
    (told,) = bench.news_of(change)
    assert f"{above / 'mine'} has been replaced by another folder" in told
    assert not (above / "moved/seen").exists()


@POSIX
@pytest.mark.parametrize("named", ["relative", "absolute", "above a link"])
@pytest.mark.parametrize(("of", "mode"), [("file", 0o757), ("folder", 0o777)])
def test_a_program_that_others_can_change_or_exchange_is_not_run(
    bench: Bench, named: str, of: str, mode: int
) -> None:
    """If the config names it by a path."""
    places = {"folder": bench.folder / "bin", "file": bench.folder / "bin/restart"}
    (bench.folder / "bin/below").mkdir(parents=True)
    (bench.folder / "link").symlink_to("bin/below")
    (bench.folder / "restart").symlink_to("/bin/true")  # what abspath makes of `link/../restart`
    places["file"].write_text("#!/bin/sh\necho ran >seen\n")
    places["file"].chmod(0o755)
    program = {"relative": "bin/restart", "absolute": str(places["file"])}
    command = program.get(named, "link/../restart")
    places[of].chmod(mode)
    (told,) = bench.news_of(bench.change(command))
    assert f"it is not run, because every user can write {places[of]}" in told.replace(
        "link/../", "bin/"
    )
    assert "so they can put another program there: chmod" in told
    assert not (bench.folder / "seen").exists()
    places[of].chmod(0o755)
    assert bench.news_of(bench.change(command)) == ()
    assert bench.seen() == "ran\n"
