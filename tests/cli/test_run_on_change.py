"""`run --on-change`: what reads its token once keeps working when the token is replaced."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from dotenv import dotenv_values

from tests.cli.conftest import Program
from tests.env_file import EnvFile
from tests.plain_python import PLAIN_PYTHON
from tests.profile import Profile
from tray_app.cli.run_loop import TokenWatch
from tray_app.model.secret import Secret
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of POSIX")

VARIABLE = "WEBEX_SERVICE_APP_ACCESS_TOKEN"
TIMEOUT = 60.0

FROM_ENVIRONMENT = f"""
import os
token = os.environ["{VARIABLE}"]
"""
OLD_NAME = "WEBEX_ACCESS_TOKEN"
FROM_ENVIRONMENT_BY_OLD_NAME = FROM_ENVIRONMENT.replace(VARIABLE, OLD_NAME)
FROM_DOTENV_BY_OLD_NAME = f"""
import os
from dotenv import dotenv_values
token = dotenv_values(".env")["{OLD_NAME}"]
"""
CALLS = """
import time, urllib.error, urllib.request
base = os.environ["WEBEX_API_BASE"]
while True:
    headers = {"Authorization": "Bearer " + token}
    asked = urllib.request.Request(base + "/dataSources", headers=headers)
    try:
        with urllib.request.urlopen(asked) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    with open("seen", "a") as seen:
        print(os.getpid(), status, token[:16], file=seen)
    time.sleep(0.1)
"""
SHOW = f"""
import os, signal, sys, time
def on_hup(*_):
    print("got", *[l for l in open(".env") if l.startswith("{VARIABLE}")], end="", flush=True)
signal.signal(signal.SIGHUP, on_hup)
signal.signal(signal.SIGUSR1, on_hup)
print("ready", os.getpid(), os.environ["{VARIABLE}"], flush=True)
while True:
    time.sleep(60)
"""


def running(program: Program, *arguments: str) -> AbstractContextManager[subprocess.Popen[str]]:
    return program.started("run", "--on-change", *arguments)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def errors(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.read()


def rotate(program: Program, webex: Sandbox) -> None:
    webex.revoke_service_access()
    assert program("refresh").returncode == 0


def calls_of(path: Path) -> list[list[str]]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.split() for line in lines]


def last_seen(path: Path) -> list[str]:
    return (calls_of(path) or [[]])[-1]


@pytest.mark.parametrize(
    ("reads", "variable"),
    [
        (FROM_ENVIRONMENT, VARIABLE),
        (FROM_ENVIRONMENT_BY_OLD_NAME, OLD_NAME),
        (FROM_DOTENV_BY_OLD_NAME, OLD_NAME),
    ],
    ids=["environment", "old name", "old name in .env"],
)
def test_an_old_bot_that_reads_its_token_once_works_on_through_rotations(
    program: Program, profile: Profile, webex: Sandbox, reads: str, variable: str
) -> None:
    """With no code of its own changed: `tray.outputs` has the name that it reads."""
    if variable != VARIABLE:
        output = {"file": ".env", "access": variable, "refresh": "WEBEX_REFRESH_TOKEN"}
        profile.write_config(lambda config: config["tray"].update(outputs=[output]))
        profile.env_path.unlink(missing_ok=True)
    program("refresh")
    seen, pids = profile.folder / "seen", list[str]()
    with running(program, "restart", "--", sys.executable, "-c", reads + CALLS) as process:
        for rotation in range(4):
            if rotation:
                rotate(program, webex)
            token = dotenv_values(profile.env_path)[variable] or ""
            deadline = time.monotonic() + TIMEOUT
            while last_seen(seen)[1:] != ["200", token[:16]]:
                assert time.monotonic() < deadline, last_seen(seen)
                time.sleep(0.05)
            pids.append(last_seen(seen)[0])
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == -signal.SIGTERM
        said = errors(process)
    assert len(set(pids)) == 4
    assert said == f"The token in .env was replaced: {sys.executable} is restarted.\n" * 3
    for pid in pids:
        calls = "".join("." if c[1] == "200" else "x" for c in calls_of(seen) if c[0] == pid)
        # Its token was revoked before it was replaced: only then a call fails.
        assert re.fullmatch(r"\.+" if pid == pids[-1] else r"\.+x*", calls), calls


@pytest.mark.parametrize("name", ["HUP", "USR1"])
def test_the_signal_comes_once_for_each_new_token_and_finds_it_in_env(
    program: Program, profile: Profile, webex: Sandbox, name: str
) -> None:
    program("refresh")
    with running(program, name, "--", *PLAIN_PYTHON, "-c", SHOW) as process:
        assert line(process).startswith("ready ")
        for _ in range(2):
            rotate(program, webex)
            assert line(process) == f"got {VARIABLE}={profile.env_access()}\n"
        process.terminate()
        assert process.wait(TIMEOUT) == -signal.SIGTERM
        assert line(process) == ""
        assert errors(process) == ""


def test_an_edit_that_leaves_the_token_alone_changes_nothing(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Nor does one that takes it away for a moment."""
    program("refresh")
    with running(program, "restart", "--", *PLAIN_PYTHON, "-c", SHOW) as process:
        assert line(process).startswith("ready ")
        text = profile.env_path.read_text()
        for edited in (f"{text}MORE=1\n", "# the token is gone\n", text):
            profile.env_path.write_text(edited)
            time.sleep(2.2)  # longer than between two looks
        assert process.poll() is None
        rotate(program, webex)
        assert line(process).split()[2] == profile.env_access()
        process.terminate()
        process.wait(TIMEOUT)
        assert errors(process).count("restarted") == 1


def test_only_a_token_that_was_not_there_before_counts_as_new(profile: Profile) -> None:
    """The one given to the command may not be in `.env` yet."""
    profile.write_env("before")
    watch = TokenWatch(EnvFile(profile.env_path))
    watch.learn(Secret("given"))
    profile.write_env("before", "refresh")
    assert watch.replacement() is None
    for token in ("given", "new", "before"):
        profile.write_env(token)
        found = watch.replacement()
        assert found == (None if token == "given" else Secret(token))
        assert watch.replacement() is None


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("exit 0", 0), ("kill -9 $$", -9)])
def test_a_command_that_ends_by_itself_ends_run_with_its_code(
    program: Program, script: str, code: int
) -> None:
    program("refresh")
    for on_change in ("restart", "HUP"):
        done = program("run", "--on-change", on_change, "--", "sh", "-c", script)
        assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_what_cannot_be_run_has_the_codes_of_shells(program: Program) -> None:
    program("refresh")
    for command, code in (("no-such-command", 127), ("./token-config.json", 126)):
        done = program("run", "--on-change", "restart", "--", command)
        assert done.returncode == code
        assert done.stderr.startswith(command)


def test_a_command_that_keeps_failing_after_a_restart_is_started_ever_later(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """The first start works; what follows fails until the third time."""
    program("refresh")
    script = (
        "n=$(($(cat n) + 1)); echo $n >n; echo up $n; case $n in 1|4) exec sleep 60;; esac; exit 3"
    )
    (profile.folder / "n").write_text("0")
    with running(program, "restart", "--", "sh", "-c", script) as process:
        assert line(process) == "up 1\n"
        rotate(program, webex)
        times = []
        for n in (2, 3, 4):
            assert line(process) == f"up {n}\n"
            times.append(time.monotonic())
        process.terminate()
        assert process.wait(TIMEOUT) == -signal.SIGTERM
        said = errors(process)
    assert times[1] - times[0] >= 0.9
    assert times[2] - times[1] >= 1.9
    assert re.findall(r"sh failed \(exit code 3\); restarting it in (\d+) s\.", said) == [
        "1",
        "2",
    ]


def test_one_that_is_being_replaced_when_it_is_restarted_is_tried_again(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """A deployment had taken it away for a moment: `run` ended."""
    program("refresh")
    command, aside = profile.folder / "bot", profile.folder / "bot.new"
    command.write_text("#!/bin/sh\necho up\nexec sleep 60\n")
    command.chmod(0o755)
    with running(program, "restart", "--", str(command)) as process:
        assert line(process) == "up\n"
        command.rename(aside)
        rotate(program, webex)
        assert process.stderr is not None
        assert process.stderr.readline().endswith("is restarted.\n")
        assert process.stderr.readline().endswith("failed (exit code 127); restarting it in 1 s.\n")
        aside.rename(command)
        assert line(process) == "up\n"


def test_a_new_token_does_not_cut_short_the_end_of_a_command(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """It was told to end, and finishes its work."""
    program("refresh")
    script = (
        "trap 'echo ending; sleep 5; echo done; exit 0' TERM; echo up; while :; do sleep 0.1; done"
    )
    with running(program, "restart", "--", "sh", "-c", script) as process:
        assert line(process) == "up\n"
        process.terminate()
        assert line(process) == "ending\n"
        rotate(program, webex)
        assert line(process) == "done\n"
        assert process.wait(TIMEOUT) == 0
        assert errors(process) == ""


def test_the_terminal_is_the_command_s_also_after_a_restart(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    from tests.terminal import in_terminal  # not on Windows

    program("refresh")
    # Python's own handler is not heard if the signal comes just before the read that waits.
    code = (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nprint('up', flush=True)\n"
        "while True:\n    print('<' + input() + '>', flush=True)\n"
    )
    command = program.command("run", "--on-change", "restart", "--", *PLAIN_PYTHON, "-c", code)
    with in_terminal(command, program.environ, program.folder) as terminal:
        for word in ("one", "two"):
            terminal.expect("up\n")
            terminal.type(f"{word}\n")
            terminal.expect(f"<{word}>")
            if word == "one":
                rotate(program, webex)
        terminal.type("\x03")
        assert terminal.ends() == -signal.SIGINT


def test_the_terminal_is_the_command_s_before_it_reads_a_key(program: Program) -> None:
    """So that Ctrl-C reaches all that it has started; afterwards, the shell's again."""
    from tests.terminal import in_terminal  # not on Windows

    program("refresh")
    wait = "while os.tcgetpgrp(0) != os.getpgrp():\n    time.sleep(0.01)"
    code = f"import os, time\n{wait}\nprint('mine')"
    words = " ".join(program.command("run", "--on-change", "HUP", "--", *PLAIN_PYTHON, "-c"))
    environ = program.environ | {"CODE": code, "PS1": "shell> "}
    with in_terminal(["bash", "--norc", "--noediting", "-i"], environ, program.folder) as terminal:
        terminal.answer("shell> ", f'{words} "$CODE"; cat')
        terminal.expect("mine")
        terminal.type("typed\n")
        terminal.expect("typed\ntyped\n")
        terminal.type("\x04")
        terminal.answer("shell> ", "exit")
        terminal.ends()


def test_ctrl_z_stops_both_for_the_shell_and_fg_continues_them(
    program: Program, profile: Profile, tmp_path: Path
) -> None:
    from tests.terminal import in_terminal  # not on Windows

    program("refresh")
    code = "import sys\nprint('up', flush=True)\nprint('<' + input() + '>', flush=True)"
    command = program.command("run", "--on-change", "HUP", "--", *PLAIN_PYTHON, "-c")
    words = f'{" ".join(command)} "$CODE"'
    environ = program.environ | {"CODE": code, "PS1": "shell> "}
    with in_terminal(["bash", "--norc", "--noediting", "-i"], environ, program.folder) as terminal:
        terminal.answer("shell> ", words)
        terminal.expect("up\n")
        terminal.type("\x1a")
        terminal.expect("Stopped")
        terminal.answer("shell> ", "fg")
        terminal.type("typed\n")
        terminal.expect("<typed>")
        terminal.answer("shell> ", "echo code $?; exit")
        terminal.expect("code 0")
        terminal.ends()


def test_a_command_that_was_stopped_before_it_got_the_terminal_goes_on(program: Program) -> None:
    """The shell was told that it had stopped, also after `fg`."""
    from tests.terminal import in_terminal  # not on Windows

    program("refresh")
    wait = "while os.tcgetpgrp(0) != os.getpgrp():\n    time.sleep(0.01)"
    stop = "os.kill(os.getpid(), signal.SIGTTIN)"
    code = f"import os, signal, time\n{wait}\n{stop}\nprint('<' + input() + '>', flush=True)"
    words = " ".join(program.command("run", "--on-change", "HUP", "--", *PLAIN_PYTHON, "-c"))
    environ = program.environ | {"CODE": code, "PS1": "shell> "}
    with in_terminal(["bash", "--norc", "--noediting", "-i"], environ, program.folder) as terminal:
        terminal.answer("shell> ", f'{words} "$CODE"')
        terminal.type("typed\n")
        terminal.expect("<typed>")
        terminal.answer("shell> ", "echo code $?; exit")
        terminal.expect("code 0")
        terminal.ends()


def test_without_the_option_run_becomes_the_command(program: Program) -> None:
    program("refresh")
    done = program("run", "sh", "-c", "echo $$ $PPID")
    child, parent = done.stdout.split()
    assert child != parent
    with subprocess.Popen(
        program.command("run", "sh", "-c", "echo $$"),
        env=program.environ,
        cwd=program.folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert line(process) == f"{process.pid}\n"


def test_an_unknown_action_is_wrong_usage(program: Program) -> None:
    assert program("run", "--on-change", "TERM", "--", "true").returncode == 64
