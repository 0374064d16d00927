"""`run`: another program in our place, with a token that lives, and nothing else changed for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.plain_python import PLAIN_PYTHON
from tests.profile import Profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of POSIX")

VARIABLE = "WEBEX_SERVICE_APP_ACCESS_TOKEN"


def test_the_command_has_the_token_in_its_environment_and_its_own_exit_code(
    program: Program, profile: Profile
) -> None:
    program("refresh")
    done = program("run", "--", "sh", "-c", f'echo "${VARIABLE}"; exit 7')
    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout == f"{profile.env_access()}\n"


def test_the_rest_of_the_environment_is_the_person_s(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """To the last variable: only what this program starts by itself inherits no secret."""
    program("refresh")
    given = {
        "WEBEX_INTEGRATION_CLIENT_SECRET": webex.integration.client_secret,
        VARIABLE: "an old one",
        "ODD": "a=b\nc",
    }
    code = "import os, json; print(json.dumps(dict(os.environ)))"
    plain = subprocess.run(
        [*PLAIN_PYTHON, "-c", code],
        env=program.environ | given,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    expected = json.loads(plain.stdout) | {VARIABLE: profile.env_access()}
    assert json.loads(program("run", *PLAIN_PYTHON, "-c", code, **given).stdout) == expected


def test_the_variable_of_the_first_output_has_it_too(program: Program, profile: Profile) -> None:
    """As an old bot expects it, and no other."""
    outputs = [
        {"file": ".env", "access": "WEBEX_ACCESS_TOKEN"},
        {"file": "other.env", "access": "OTHER"},
    ]
    profile.write_config(lambda config: config["tray"].update(outputs=outputs))
    script = f'echo "${VARIABLE} $WEBEX_ACCESS_TOKEN $OTHER"'
    for options in ((), ("--on-change", "restart")):
        token, own, *other = program("run", *options, "--", "sh", "-c", script).stdout.split()
        assert token == own
        assert f"WEBEX_ACCESS_TOKEN={token}\n" in profile.env_path.read_text()
        assert other == []


def test_a_dead_token_is_renewed_first(program: Program, profile: Profile, webex: Sandbox) -> None:
    program("status")
    webex.revoke_service_access()
    before = profile.env_access()
    done = program("run", "printenv", VARIABLE)
    assert done.stdout == f"{profile.env_access()}\n"
    assert profile.env_access() != before


def test_with_a_token_that_nothing_renews_the_command_is_not_started(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    program.as_tray()
    webex.revoke_all()
    done = program("run", "touch", "started")
    assert done.returncode == 125
    assert done.stderr.startswith("Webex token rejected: sign-in needed. Next (you): ")
    assert done.stderr.count("\n") == 1
    assert not (profile.folder / "started").exists()


def test_offline_the_command_runs_with_a_token_not_known_to_be_dead_and_a_warning(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    program.as_tray()
    webex.go_down(Fault.dropped())
    token = profile.env_access()
    done = program("run", "--min-ttl", "13d", "printenv", VARIABLE)
    assert (done.returncode, done.stdout) == (0, f"{token}\n")
    assert done.stderr.startswith("The token is not confirmed: Webex cannot be reached;")


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("no-such-command", 127, "no-such-command: No such file or directory\n"),
        ("", 127, "'': No such file or directory\n"),
        ("./missing/tool", 127, "./missing/tool: No such file or directory\n"),
        ("./token-config.json", 126, "./token-config.json cannot be run: Permission denied\n"),
        ("/", 126, "/ cannot be run: Permission denied\n"),
    ],
)
def test_what_cannot_be_run_has_the_codes_of_shells_and_env(
    program: Program, command: str, code: int, said: str
) -> None:
    program("refresh")
    done = program("run", "--", command)
    assert (done.returncode, done.stderr) == (code, said)


def test_what_follows_the_command_is_the_command_s(program: Program) -> None:
    """With or without `--`, whatever options of ours it looks like."""
    program("refresh")
    for dashes in ([], ["--"]):
        done = program("run", *dashes, "echo", "--min-ttl", "x", "--debug", "--", "-h")
        assert (done.returncode, done.stdout) == (0, "--min-ttl x --debug -- -h\n")


def test_its_words_are_taken_as_they_are(program: Program, profile: Profile) -> None:
    """A file that we may not read is the command's affair, and bytes that are no text, too."""
    program("refresh")
    (profile.folder / "closed").touch(mode=0o000)
    odd = os.fsdecode(b"\xff")
    code = "import os, sys; print([os.fsencode(word) for word in sys.argv[1:]])"
    done = program("run", *PLAIN_PYTHON, "-c", code, "closed", odd, "")
    assert done.stdout == "[b'closed', b'\\xff', b'']\n"


def test_no_command_is_wrong_usage(program: Program) -> None:
    for arguments in (["run"], ["run", "--"]):
        done = program(*arguments)
        assert done.returncode == 64
        assert "CMD" in done.stderr


def test_a_signal_reaches_the_command_and_ends_it_as_it_likes(program: Program) -> None:
    program("refresh")
    script = "trap 'echo bye; exit 42' TERM; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        program.command("run", "sh", "-c", script),
        env=program.environ,
        cwd=program.folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "bye\n"
    assert process.returncode == 42


def test_standard_input_is_the_command_s(program: Program) -> None:
    program("refresh")
    done = subprocess.run(
        program.command("run", "cat"),
        env=program.environ,
        cwd=program.folder,
        input="all of it\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == "all of it\n"


def test_the_terminal_is_the_command_s(program: Program) -> None:
    import pty  # not on Windows

    program("refresh")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        program.command("run", "sh", "-c", "read line; tty; echo $(stty size), $line"),
        env=program.environ,
        cwd=program.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        name = os.ttyname(theirs)
        os.close(theirs)
        os.write(ours, b"typed\n")
        said = b""
        while b", typed" not in said:
            said += os.read(ours, 4096)
        assert process.wait(60) == 0
    os.close(ours)
    assert name in said.decode()


def test_an_old_script_that_splits_env_lines_reads_the_renewed_token_unchanged(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """As the scripts did that this program replaces; it need not know of the variable."""
    program("status")
    webex.revoke_service_access()
    script = Path(profile.folder / "old.py")
    script.write_text(
        "values = {}\n"
        "for line in open('.env'):\n"
        "    if '=' in line and not line.startswith('#'):\n"
        "        name, value = line.strip().split('=', 1)\n"
        "        values[name] = value\n"
        f"print(values['{VARIABLE}'])\n"
    )
    done = program("run", "--", *PLAIN_PYTHON, "old.py")
    assert done.stdout == f"{profile.env_access()}\n"
    webex.wait_for_request(lambda seen: seen.path.endswith("access_token"))
