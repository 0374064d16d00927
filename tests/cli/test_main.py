"""The program as a whole: help, version, wrong usage, interruption, no panel."""

from __future__ import annotations

import os
import platform
import signal
import stat
import subprocess
import sys
from datetime import timedelta
from importlib import metadata
from pathlib import Path

import click
import pytest

from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.cli.main import COMMANDS, SUMMARIES, CommandGroup
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.system.dirs import TEMPLATE, resource
from tray_app.system.single_instance import Instance


def test_help_and_version_are_exit_0(program: Program) -> None:
    shown = program("--help")
    assert shown.returncode == 0
    for verb in ("status", "refresh", "demo", "tray"):
        assert verb in shown.stdout


def test_version_says_what_runs(program: Program) -> None:
    done = program("--version")
    assert done.returncode == 0
    first, second = done.stdout.splitlines()
    assert first == f"webex-token-tray {metadata.version('webex-token-tray')}"
    assert second.startswith(f"Python {platform.python_version()}, ")


@pytest.mark.process
def test_no_verb_loads_what_only_others_need() -> None:
    """The help of `export` waits for neither HTTP, keyring and panel nor the other verbs."""
    heavy = ("requests", "keyring", "PIL", "pystray", "jeepney", "flask", "sqlite3")
    code = (
        "import sys\nfrom tray_app.__main__ import main\nmain(['export', '--help'])\n"
        f"print([n for n in {heavy!r} if n in sys.modules])\n"
        "print(*sorted(n for n in sys.modules if n.startswith('tray_app.cli.')))"
    )
    # Not measured: coverage itself loads sqlite3.
    environ = {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    *_, found, verbs = done.stdout.splitlines()
    assert found == "[]"
    others = {f"tray_app.cli.{module}" for module in COMMANDS.values()} & set(verbs.split())
    assert others == {"tray_app.cli.config_io", "tray_app.cli.status"}  # for its sentences


def test_every_verb_is_there_with_its_help() -> None:
    for verb in COMMANDS:
        command = CommandGroup().get_command(click.Context(click.Command("none")), verb)
        assert command is not None
        assert command.name == verb
        assert command.help
        assert SUMMARIES[verb] == command.get_short_help_str(1000)
    assert list(SUMMARIES) == list(COMMANDS)


def test_wrong_usage_is_exit_64(program: Program) -> None:
    wrong = (
        ["nonsense"],
        ["status", "--nonsense"],
        ["status", "extra"],
        ["--backend", "nonsense"],
        ["tray", "--backend", "nonsense"],
        ["demo", "--backend", "nonsense"],
    )
    for arguments in wrong:
        done = program(*arguments)
        assert done.returncode == 64
        assert "Usage:" in done.stderr


@pytest.mark.posix
def test_an_interrupted_command_is_exit_130_without_a_traceback(
    program: Program, webex: Sandbox
) -> None:
    import threading

    release = threading.Event()
    webex.faults.next(Kind.DATA_SOURCES, Fault.held(release))
    with program.started("status") as process:
        webex.wait_for_request(lambda seen: seen.kind is Kind.DATA_SOURCES, timedelta(seconds=60))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    release.set()
    assert process.returncode == 130
    assert "Traceback" not in errors


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is Linux's")
def test_without_a_session_bus_it_says_so_once_and_keeps_the_token_alive(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    webex.revoke_service_access()
    with program.started(XDG_RUNTIME_DIR=program.environ["HOME"]) as process:
        webex.wait_for_request(
            lambda seen: seen.kind is Kind.SERVICE_REFRESH, timedelta(seconds=60)
        )
        process.terminate()
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output == ""
    assert errors.count("There is no D-Bus session bus.") == 1
    assert "Traceback" not in errors


def test_a_config_with_faults_is_said_and_taken_up_once_it_is_corrected(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    profile.config_path.write_text("{}")
    with program.started() as process:
        assert process.stderr is not None
        assert "serviceApp.appId is missing" in process.stderr.readline()
        profile.write_config()
        webex.wait_for_request(lambda seen: seen.kind is Kind.DATA_SOURCES, timedelta(seconds=40))
        assert any(line.startswith("Set up at ") for line in process.stderr)


@pytest.mark.posix
def test_the_very_first_start_without_a_browser_makes_a_private_config_from_the_template(
    program: Program, profile: Profile
) -> None:
    profile.config_path.unlink()
    del program.environ["WEBEX_TOKEN_CONFIG"]
    made = program.folders.config / "token-config.json"
    program.environ["BROWSER"] = "/nonexistent"
    with program.started("--backend", "none") as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Not set up yet: the set-up page opens")
        without_tray = process.stderr.readline()
        assert without_tray.endswith(" Once it is set up, the token is kept alive all the same.\n")
        said = next(line for line in process.stderr if "from the template" in line)
        assert said.startswith(f"No browser could be opened. Created {made} from the template")
        assert made.read_bytes() == resource(TEMPLATE).read_bytes()
        if os.name == "posix":
            assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_a_config_that_was_named_and_is_not_there_is_exit_78_and_nothing_is_made(
    program: Program, tmp_path: Path
) -> None:
    missing = tmp_path / "slip.json"
    done = program("--config", str(missing))
    assert done.returncode == 78
    assert "there is no such file" in done.stderr
    assert not missing.exists()


def test_of_two_that_start_at_once_one_stays(
    program: Program, profile: Profile, tmp_path: Path
) -> None:
    """Each asks whether the other runs before either has the lock."""
    blind = tmp_path / "blind"
    blind.mkdir()
    (blind / "sitecustomize.py").write_text(
        "from tray_app.system.single_instance import Instance\n"
        "Instance.is_running = lambda self: False\n"
    )
    path = os.pathsep.join([str(blind), program.environ["PYTHONPATH"]])
    with Instance(program.folders.locks, profile.config_path).acquire():
        done = program("tray", "--backend", "none", PYTHONPATH=path)
    assert done.returncode == 3
    assert done.stderr == f"Already running for {profile.config_path}.\n"


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_second_start_without_a_console_shows_a_box_unless_the_first_shows_its_notice(
    program: Program, profile: Profile, tmp_path: Path, *, is_heard: bool
) -> None:
    windowed = tmp_path / "windowed"
    windowed.mkdir()
    (windowed / "sitecustomize.py").write_text(
        "import sys\n"
        "from tray_app.cli import streams\n"
        "from tray_app.system.single_instance import Instance\n"
        "streams._show = lambda text: print('box:', text, file=sys.__stderr__)\n"
        "sys.stderr = streams._Collected()\n"
        f"Instance.notify_running = lambda self: {is_heard}\n"
    )
    path = os.pathsep.join([str(windowed), program.environ["PYTHONPATH"]])
    with Instance(program.folders.locks, profile.config_path).acquire():
        done = program("tray", "--backend", "none", PYTHONPATH=path)
    assert done.returncode == 3
    box = f"box: Already running for {profile.config_path}.\n"
    assert done.stderr == ("" if is_heard else box)


def test_a_program_fault_is_exit_70_and_no_traceback(program: Program, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import tray_app.service.engine as e\n"
        "def fail(self): raise ZeroDivisionError('on purpose')\n"
        "e.Engine.poll = fail\n"
    )
    path = os.pathsep.join([str(broken), program.environ["PYTHONPATH"]])
    done = program("status", PYTHONPATH=path)
    assert done.returncode == 70
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in program("--debug", "status", PYTHONPATH=path).stderr


@pytest.mark.parametrize("verb", [["tray", "--backend", "none"], ["export"]], ids=" ".join)
def test_garbage_is_collected_again_once_the_program_is_loaded(
    program: Program, verb: list[str]
) -> None:
    """It is not until the icon is up; a program that runs for weeks needs it."""
    code = (
        "import gc, sys, tray_app.service.engine as engine\n"
        "from tray_app.__main__ import main\n"
        "began = engine.Engine.__init__\n"
        "def told(*arguments):\n"
        "    print('collects:', gc.isenabled(), flush=True)\n"
        "    began(*arguments)\n"
        "engine.Engine.__init__ = told\n"
        "main(sys.argv[1:])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, *verb],
        env=program.environ,
        cwd=program.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "collects: True\n"
        finally:
            process.kill()


@pytest.mark.parametrize("value", ["nan", "-nan", "inf", "-inf", "1e400", "1e300"])
@pytest.mark.parametrize(
    "command", [("authorize", "--no-browser", "--timeout"), ("demo", "--once", "--pause")]
)
def test_a_number_of_seconds_is_a_finite_one(
    program: Program, command: tuple[str, ...], value: str
) -> None:
    """NaN is outside of no range: it was waited for, or ended in an internal error."""
    done = program(*command, value)
    assert (done.returncode, done.stdout) == (64, "")
    assert f"Invalid value for '{command[-1]}'" in done.stderr


def test_the_help_of_no_command_is_cut(program: Program) -> None:
    """click ends what is long with an ellipsis."""
    for words in ((), ("profiles",), ("data-sources",)):
        shown = program(*words, "--help", COLUMNS="80").stdout.partition("Commands:")[2]
        assert shown
        assert "..." not in shown
