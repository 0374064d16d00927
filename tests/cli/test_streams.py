"""Standard streams that are not there: the program for Windows' desktop has no console."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forked
from tray_app.cli import streams
from tray_app.cli.exit_codes import Exit


def shown_after(code: Exit, monkeypatch: pytest.MonkeyPatch, *, is_said: bool = False) -> list[str]:
    """What message boxes say after this exit code, if two lines were printed on stderr; `is_said`:
    and another program has said so."""
    shown: list[str] = []
    monkeypatch.setattr("tray_app.cli.streams._POSIX", False)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr("tray_app.cli.streams._show", shown.append)
    streams.open_closed()
    print("the config is at fault\nin two lines", file=sys.stderr)
    if is_said:
        streams.show_no_box()
    assert streams.flush(code) == code
    return shown


@pytest.mark.parametrize("code", [Exit.CONFIG, Exit.INTERNAL, Exit.USAGE, Exit.ALREADY_RUNNING])
def test_why_it_cannot_start_is_shown_if_there_is_no_console(
    monkeypatch: pytest.MonkeyPatch, code: Exit
) -> None:
    assert shown_after(code, monkeypatch) == ["the config is at fault\nin two lines"]


@pytest.mark.parametrize("code", [Exit.GREEN, Exit.INTERRUPTED])
def test_no_message_box_is_shown_after_an_ordinary_end(
    monkeypatch: pytest.MonkeyPatch, code: Exit
) -> None:
    assert shown_after(code, monkeypatch) == []


def test_no_message_box_is_shown_of_a_second_start_that_the_first_one_notices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It shows a notice. If it does not, or if the tray of another config keeps the same `.env`,
    nobody else says why no icon comes."""
    assert shown_after(Exit.ALREADY_RUNNING, monkeypatch, is_said=True) == []


@pytest.mark.parametrize(("posix", "errors"), [(True, "strict"), (False, "surrogateescape")])
def test_output_in_a_code_page_replaces_what_that_lacks(
    monkeypatch: pytest.MonkeyPatch, errors: str, *, posix: bool
) -> None:
    """As of a pipe on Windows, whose default is another one than elsewhere."""
    raw = io.BytesIO()
    monkeypatch.setattr("tray_app.cli.streams._POSIX", posix and os.name == "posix")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252", errors=errors))
    streams.open_closed()
    print("→ 日本 é", flush=True)
    assert raw.getvalue().split() == [b"->", b"??", b"\xe9"]


def test_windows_calls_a_broken_pipe_an_invalid_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same number as of a file name that cannot be."""
    write, name = OSError(errno.EINVAL, "Invalid argument"), OSError(errno.EINVAL, "It", "a|b")
    for posix, expected in ((True, [True, False, False]), (False, [True, True, False])):
        monkeypatch.setattr("tray_app.cli.streams._POSIX", posix)
        assert [
            streams.is_broken_pipe(each) for each in (BrokenPipeError(), write, name)
        ] == expected


@pytest.mark.process
def test_there_only_a_pipe_can_be_a_broken_one() -> None:
    """Any invalid argument ended a command with 141, and with nothing in the log."""
    code = (
        "from tray_app.cli import streams\n"
        "streams._POSIX = False\n"
        "raise SystemExit(streams.is_broken())"
    )
    for output, expected in ((subprocess.DEVNULL, False), (subprocess.PIPE, True)):
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=output, stderr=subprocess.DEVNULL, check=False
        )
        assert done.returncode == expected


LIMITED = """
import errno, resource
from tray_app.cli import streams
errors = [ImportError("no module"), ImportError("cannot map"), OSError(errno.ENOMEM, "")]
errors += [SystemError(), MemoryError(), OSError(errno.ENOENT, ""), ValueError()]
errors += [RuntimeError("can't start new thread"), OSError(errno.EMFILE, "")]
def words(error):
    return " ".join(streams.shortage(error).split()[:3]) or "-"
print(words(errors[0]))
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
print(words(errors.pop(0)))
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
resource.setrlimit(resource.RLIMIT_AS, (1 << 20, -1))
print(*map(words, errors), sep=", ")
"""


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="the limit is that of Linux")
def test_a_library_that_cannot_load_is_a_shortage_only_if_there_is_one() -> None:
    """`ulimit -d` was "this program has failed (ImportError)"; so is a broken installation."""
    done = forked.run([], dict(os.environ), Path.cwd(), code=LIMITED)
    said = ["Out of memory:"] * 4 + ["-", "-", "No thread can", "No more files"]
    assert (done.stdout, done.stderr) == (f"-\nNo more files\n{', '.join(said)}\n", "")
