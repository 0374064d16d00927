"""Signals while the program loads, and while it ends: they end the process, which says nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="the signals are those of POSIX"),
]

AT_IMPORT = """
import signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)
from tray_app.__main__ import main
sys.meta_path.insert(0, Finder())
sys.exit(main(["token", "--help"]))
"""

AT_END = """
import atexit, signal, sys
from tray_app.__main__ import main
atexit.register(signal.raise_signal, signal.SIGINT)
sys.exit(main(["token", "--help"]))
"""

AT_HANDLERS = """
import signal, sys
from tray_app.__main__ import main
set_handler, calls = signal.signal, []
def told(number, handler):
    calls.append(number)
    if len(calls) == {call}:
        signal.raise_signal(signal.{name})
    return set_handler(number, handler)
signal.signal = told
sys.exit(main(["token", "--help"]))
"""

MODULE = """
import runpy, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "tray_app.cli.streams":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv[1:] = ["--version"]
runpy.run_module("tray_app", run_name="__main__", alter_sys=True)
"""


def ended(code: str, tmp_path: Path, *, ignored: bool = False) -> tuple[int, str]:
    """How a process that runs this has ended, and its errors."""
    command = [sys.executable, "-c", code]
    if ignored:
        command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    # Not measured: coverage itself handles signals.
    environ = {name: text for name, text in os.environ.items() if not name.startswith("COV")}
    environ["HOME"] = str(tmp_path)
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=environ
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "module",
    [
        "tray_app.cli.streams",
        "tray_app.cli.fast_path",
        "tray_app.cli.main",
        "click",
        "tray_app.bootstrap",
    ],
)
def test_ctrl_c_while_the_program_loads_ends_it_without_a_traceback(
    module: str, tmp_path: Path
) -> None:
    # what only the command loads is loaded within click, which answers; a shell sees 130 for both
    expected = (130, "\n") if module == "tray_app.bootstrap" else (-signal.SIGINT, "")
    assert ended(AT_IMPORT.format(module=module), tmp_path) == expected


def test_ctrl_c_while_the_verb_loads_is_the_command_s(tmp_path: Path) -> None:
    code, errors = ended(AT_IMPORT.format(module="tray_app.cli.token"), tmp_path)
    assert (code, errors.strip()) == (130, "")  # click ends the line in which ^C stands


def test_ctrl_c_while_the_module_is_run(tmp_path: Path) -> None:
    assert ended(MODULE, tmp_path) == (-signal.SIGINT, "")


def test_ctrl_c_while_the_process_ends(tmp_path: Path) -> None:
    assert ended(AT_END, tmp_path) == (-signal.SIGINT, "")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("call", [1, 2, 3, 10, 11, 12, 20])
def test_a_signal_while_the_handlers_come_and_go(name: str, call: int, tmp_path: Path) -> None:
    """Ten are set, and ten are taken back."""
    number = getattr(signal, name)
    code, errors = ended(AT_HANDLERS.format(name=name, call=call), tmp_path)
    assert code in ((-number, 130) if name == "SIGINT" else (-number,))
    assert errors == ""


def test_ctrl_c_that_was_ignored_stays_ignored_while_the_program_loads(tmp_path: Path) -> None:
    code = AT_IMPORT.format(module="tray_app.cli.streams")
    assert ended(code, tmp_path, ignored=True) == (0, "")
