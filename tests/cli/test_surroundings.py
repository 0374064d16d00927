"""The program in odd surroundings: no traceback, and no exit code that means something else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import forked
from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.model.variables import ACCESS, REFRESH
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells and pipes of POSIX")


@pytest.fixture(autouse=True)
def closed_config(profile: Profile) -> None:
    """Its secrets are for this user alone: no command has anything to say of it."""
    profile.config_path.chmod(0o600)


def shell(program: Program, script: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a script of bash in which `ours` is the program; the exit codes of a pipe are printed."""
    ours = " ".join(program.command())
    return subprocess.run(
        ["bash", "-c", f'ours() {{ {ours} "$@"; }}\n{script}'],
        env=program.environ | changes,
        cwd=program.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# --- output that nobody reads -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "unbuffered"),
    [
        ("status", ""),
        ("status", "1"),
        ("status --max-age 1h", ""),
        ("status --watch", ""),
        ("doctor", ""),
        ("token", ""),
        ("--help", ""),
    ],
)
def test_a_broken_pipe_is_141_and_silent(program: Program, command: str, unbuffered: str) -> None:
    """As of a program that SIGPIPE has ended; it was 1, which is amber."""
    program("refresh")
    script = f"{{ sleep 0.1; ours {command}; echo $? >&2; }} | true"
    done = shell(program, script, PYTHONUNBUFFERED=unbuffered)
    assert done.stderr == "141\n"


def test_a_broken_pipe_of_errors_is_141_too(program: Program, profile: Profile) -> None:
    """`2>&1 | head -0`."""
    profile.config_path.write_text("{")
    done = shell(program, "{ sleep 0.1; ours status 2>&1; echo $? >&3; } 3>&2 | true")
    assert done.stderr == "141\n"


@pytest.mark.parametrize(
    ("command", "streams"),
    [
        ("status", ">&-"),
        ("status", "<&- >&- 2>&-"),
        ("status --max-age 1h", "<&- >&- 2>&-"),
        ("refresh", "<&- >&- 2>&-"),
        ("--version", ">&-"),
    ],
)
def test_closed_streams_change_no_exit_code(program: Program, command: str, streams: str) -> None:
    """`status >&-` was a traceback and 1."""
    program("refresh")
    done = shell(program, f"ours {command} {streams}; echo $?")
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("verb", ["token", "export", "history", "data-sources", "completion bash"])
def test_what_is_for_its_output_does_not_succeed_without_one(program: Program, verb: str) -> None:
    """`token >&-` ended with 0 although nothing was printed."""
    done = shell(program, f"ours {verb} >&-; echo $?")
    assert done.stdout == "70\n"
    assert done.stderr == (
        "Standard output is closed: nothing can be printed, and nothing was done.\n"
    )


def test_without_threads_it_is_one_sentence(program: Program) -> None:
    """`ulimit -u 1` was "has failed (RuntimeError)". Here each thread's stack is too large, which
    is the same refusal, and refuses root, too."""
    done = shell(program, "ulimit -s 1000000000; ulimit -v 4000000; ours status; echo $?")
    assert done.stdout == "70\n"
    assert done.stderr.startswith("No thread can be started: ")
    assert done.stderr.count("\n") == 1


def test_watch_without_threads_is_the_same_sentence(program: Program) -> None:
    """`ulimit -u 0` was "the program's own fault"."""
    done = shell(program, "ulimit -s 1000000000; ulimit -v 4000000; ours watch; echo $?")
    assert done.stdout.endswith("70\n")
    assert done.stderr.startswith("No thread can be started: ")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is that of Linux")
@pytest.mark.parametrize("kilobytes", [8000, 11000, 12000, 14000, 15000, 20000, 23000, 30000])
def test_with_too_little_memory_it_is_one_sentence_that_names_the_limit(
    program: Program, kilobytes: int
) -> None:
    """`ulimit -d` was a traceback, also that of `hashlib`, which hides that a library could not be
    loaded, a warning of requests, or the program's own fault."""
    done = shell(program, f"ulimit -d {kilobytes}; ours status; echo $?")
    assert done.stdout == "70\n"
    sentences = ("Out of memory: ", "No thread can be started: ")
    assert done.stderr.startswith(sentences)
    assert "(ulimit -" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_closed_output_has_the_code_of_the_colour(program: Program, webex: Sandbox) -> None:
    """Red, here."""
    program("refresh")
    webex.revoke_all()
    program("refresh")
    assert shell(program, "ours status >&-; echo $?").stdout == "2\n"
    assert shell(program, "ours status --max-age 1h >&- 2>&-; echo $?").stdout == "2\n"


def test_closed_streams_are_not_the_numbers_of_our_files(
    program: Program, profile: Profile
) -> None:
    """What a command of the person's prints would go into the database."""
    profile.write_config(
        lambda config: config["tray"].update(
            onTokenChange=["sh", "-c", "readlink /proc/self/fd/1 /proc/self/fd/2 >links"]
        )
    )
    assert shell(program, "ours refresh >&- 2>&-; echo $?").stdout == "0\n"
    links = (profile.folder / "links").read_text().split()
    assert links[1:] == ["/dev/null"]
    assert program("status").returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize("command", ["status", "status --max-age 1h"])
def test_output_that_cannot_be_written_is_said(program: Program, command: str) -> None:
    """A full disk."""
    program("refresh")
    done = shell(program, f"ours {command} >/dev/full; echo $? >&2")
    assert done.stderr == "The output cannot be written: No space left on device\n70\n"


# --- odd environments ---------------------------------------------------------------------------

Changes = dict[str, str | None]
ENVIRONMENTS: dict[str, Changes] = {
    "a zone that is none": {"TZ": "UTC+99"},
    "a zone of garbage": {"TZ": "\x01<>,,M99"},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    "Latin-9": {"LC_ALL": "xx_YY.iso885915", "PYTHONIOENCODING": "latin-1"},
    "nothing": dict.fromkeys(("HOME", "PATH", "LANG")),
    "a home that is not there": {"HOME": "/no/such/home", "TMPDIR": "/no/such/folder"},
    "a home that is a file": {"HOME": "/etc/passwd"},
    "an empty home and path": {"HOME": "", "PATH": ""},
    "relative folders": {"HOME": ".", "XDG_CONFIG_HOME": "x", "XDG_STATE_HOME": "y"},
    "an odd terminal": {"COLUMNS": "many", "LINES": "-1", "TERM": "no-such-terminal"},
    "no columns": {"COLUMNS": "0"},
    "an odd proxy": {"NO_PROXY": ",,[::", "HTTPS_PROXY": "::://"},
    "what is no text": {"\udcff": "\udcfe", "XDG_STATE_HOME": "/tmp/\udcff/x"},
}


def silent(program: Program, command: str, changes: Changes, *, forks: bool = False) -> str:
    """Run it; what it says, which is no traceback and no fault of the program. `forks`: if nothing
    is changed that Python reads as it starts, do without a start."""
    kept = {n: v for n, v in (program.environ | changes).items() if v is not None}
    if forks and not any(name.startswith(forked.AT_START) for name in changes):
        done = forked.run(command.split(), kept, program.folder)
    else:
        done = subprocess.run(
            program.command(*command.split()),
            env=kept,
            cwd=program.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60,
            check=False,
        )
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "This program has failed" not in said
    assert done.returncode in (0, 1, 2), said
    return said


@pytest.mark.parametrize("changes", ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
def test_no_environment_makes_a_traceback(program: Program, changes: Changes) -> None:
    """Nor a fault of the program."""
    assert silent(program, "status", changes)
    assert silent(program, "doctor", changes, forks=True)


def test_a_zone_that_is_none_is_taken_as_utc(program: Program) -> None:
    """Times are shown all the same."""
    program("refresh")
    command = "history --since 2020-01-01"
    said = [silent(program, command, {"TZ": zone}, forks=True) for zone in ("UTC+99", "UTC")]
    assert said[0] == said[1]


def test_a_working_directory_that_is_gone_is_no_fault(program: Program, tmp_path: Path) -> None:
    """The config is named."""
    done = shell(
        program,
        f"mkdir {tmp_path}/gone; cd {tmp_path}/gone; rmdir {tmp_path}/gone\n"
        f"ours --config {program.folder}/token-config.json status; echo $?",
    )
    assert done.stdout.splitlines()[-1] == "0"
    assert "Traceback" not in done.stderr


# --- what children inherit ----------------------------------------------------------------------

GIVEN = {ACCESS: "CANARY-a", REFRESH: "CANARY-r", "WEBEX_INTEGRATION_CLIENT_SECRET_": "kept"}


def test_the_command_sees_neither_token(program: Program, profile: Profile) -> None:
    """What this program was started with is for nobody else."""
    profile.write_config(
        lambda config: config["tray"].update(onTokenChange=["sh", "-c", "env >seen"])
    )
    assert program("refresh", **GIVEN).returncode == 0
    seen = (profile.folder / "seen").read_text()
    assert "CANARY" not in seen
    assert "SECRET_=kept" in seen


def test_a_program_that_uses_the_api_keeps_its_environment(
    program: Program, profile: Profile
) -> None:
    """Its own, to the last variable; what is started does not inherit the tokens."""
    profile.write_config(
        lambda config: config["tray"].update(onTokenChange=["sh", "-c", "env >seen"])
    )
    code = (
        "import os\nfrom tray_app import TokenManager\nbefore = dict(os.environ)\n"
        "with TokenManager() as manager:\n    manager.refresh_token()\n"
        "assert dict(os.environ) == before"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        env=program.environ | GIVEN,
        cwd=program.folder,
        timeout=60,
        check=True,
    )
    seen = (profile.folder / "seen").read_text()
    assert "CANARY" not in seen
    assert "SECRET_=kept" in seen


@pytest.mark.process
@pytest.mark.parametrize(
    "command", [("status",), ("token",), ("--version",), ("status", "--max-age", "5m")]
)
def test_a_clock_that_python_cannot_read_is_one_sentence(
    program: Program, command: tuple[str, ...]
) -> None:
    """Past 2262, as after a flat battery, `time.time` fails, and `logging` with it."""
    code = f"""
import sys, time

def too_late():
    raise OverflowError("timestamp too large to convert to C _PyTime_t")

time.time = too_late
{forked.PROGRAM}"""
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        env=program.environ,
        cwd=program.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (70, "")
    assert done.stderr == "This machine's clock is past the year 2262: set it, and try again.\n"
