"""The log: every secret hidden in every form, one line a record, and nothing that ends the run."""

from __future__ import annotations

import base64
import io
import logging
import os
import stat
import sys
import threading
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.model.secret import Secret
from tray_app.system import log
from tray_app.system.dirs import AppDirs
from tray_app.system.log import REDACTOR, Redactor

pytestmark = pytest.mark.usefixtures("clean_logging")
SECRET = Secret("CANARY+secret/0123456789==")
logger = logging.getLogger("tray_app.tests")


@pytest.fixture
def folders(tmp_path: Path) -> AppDirs:
    return AppDirs.under(tmp_path)


def written(folders: AppDirs) -> str:
    return folders.log_file.read_text(encoding="utf-8")


def formatted(message: object, *args: object, secrets: tuple[Secret, ...] = (SECRET,)) -> str:
    redactor = Redactor()
    redactor.add(secrets)
    return redactor.format(logging.LogRecord("n", logging.INFO, "f", 1, message, args, None))


def basic(before: str, after: str) -> str:
    return base64.b64encode(f"{before}{SECRET.reveal()}{after}".encode()).decode()


FORMS = {
    "raw": SECRET.reveal(),
    "URL-encoded": quote(SECRET.reveal(), safe=""),
    "base64": base64.b64encode(SECRET.reveal().encode()).decode(),
    "base64 for addresses": base64.urlsafe_b64encode(SECRET.reveal().encode()).decode(),
    "base64 behind one character": basic("x", ""),
    "base64 behind two characters": basic("xy", ""),
    "base64 behind an id, as in Basic": basic("client-id:", ""),
    "base64 before something": basic("", ":x"),
    "base64 between": basic("ab", "c"),
}


def log_exception(error: Exception) -> None:
    """As `log.exception` does for a caught one."""
    logger.error("caught", exc_info=error)


def pieces(form: str) -> set[str]:
    """What must not be seen: any 8 characters of the form that are the secret's own."""
    own = form[4:-4] if form not in (FORMS["raw"], FORMS["URL-encoded"]) else form
    if "behind an id" in next(name for name, text in FORMS.items() if text == form):
        own = form[16:-4]
    return {own[start : start + 8] for start in range(len(own) - 7)}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_hidden_in_message_arguments_and_traceback(folders: AppDirs, form: str) -> None:
    """In each of its forms; not even eight characters of it are left."""
    text = FORMS[form]
    log.start(folders)
    REDACTOR.add([SECRET])
    logger.warning("in the message: %s" % text)  # noqa: G002, UP031 - the point of it
    logger.warning("as an argument: %s %r", text, {"a": [text]})
    log_exception(ValueError(f"in an error: {text}"))
    shown = written(folders)
    assert shown.count(f"<{SECRET.fingerprint}>") >= 4
    assert "in an error" in shown
    for piece in pieces(text):
        assert piece not in shown


def test_a_secret_itself_shows_its_fingerprint(folders: AppDirs) -> None:
    """Even if it was not registered."""
    log.start(folders)
    logger.warning("%s %r %s", SECRET, SECRET, [SECRET])
    assert written(folders).count(SECRET.fingerprint) == 3


def test_of_a_secret_that_begins_with_another_one_nothing_is_left() -> None:
    """The longer one is hidden first."""
    long, short = Secret("CANARY-long-secret-0123"), Secret("CANARY-long")
    for order in ((long, short), (short, long)):
        assert "0123" not in formatted("%s", long.reveal(), secrets=order)


def test_an_empty_secret_hides_nothing() -> None:
    """It would stand between all the letters."""
    assert formatted("words", secrets=(Secret(""),)).endswith("words")


@given(st.text(), st.text(alphabet="abcXYZ019-._~+/", min_size=12, max_size=40))
def test_no_text_brings_a_secret_through(around: str, value: str) -> None:
    """Whatever stands around it."""
    coded = base64.b64encode(f"{around}{value}".encode("utf-8", "replace")).decode()
    shown = formatted("%s", f"{around}{value}{around} {coded}", secrets=(Secret(value),))
    assert value not in shown
    assert base64.b64encode(value.encode()).decode().rstrip("=")[:-1] not in shown


@pytest.mark.parametrize(
    "odd", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1b[2J", "\x85", "\u2028", "\x00", "\udcff"]
)
def test_a_message_stays_one_line_and_commands_no_terminal(folders: AppDirs, odd: str) -> None:
    """What comes from outside cannot forge a second line."""
    log.start(folders)
    logger.warning("before%s2026-03-01 12:00:00,000 ERROR forged %s", odd, odd)
    shown = written(folders)
    assert odd not in shown.removesuffix("\n")
    assert len(shown.splitlines()) == 1
    assert "forged" in shown


def test_lines_of_a_traceback_cannot_pass_for_records(folders: AppDirs) -> None:
    """They are indented, whatever an error's text holds."""
    log.start(folders)
    log_exception(ValueError("x\n2026-03-01 12:00:00,000 ERROR forged\x1b[2J"))
    first, *others = written(folders).splitlines()
    assert first.endswith("ERROR   caught")
    assert others
    assert all(line.startswith("    ") for line in others)
    assert "\x1b" not in written(folders)


def test_a_record_that_cannot_be_formatted_is_written_and_redacted(
    folders: AppDirs, capsys: pytest.CaptureFixture[str]
) -> None:
    """logging would print message and arguments to stderr, as they are."""
    log.start(folders)
    REDACTOR.add([SECRET])
    logger.warning("%d of " + SECRET.reveal(), "not a number")  # noqa: G003
    assert "cannot be formatted: TypeError" in written(folders)
    assert "CANARY" not in written(folders)
    assert capsys.readouterr().err == ""


def test_a_disk_that_is_full_prints_nothing_to_the_screen(
    folders: AppDirs, capsys: pytest.CaptureFixture[str]
) -> None:
    """logging would print the record there, unredacted."""
    log.start(folders)
    REDACTOR.add([SECRET])
    handler = ours()[-1]
    assert isinstance(handler, logging.StreamHandler)
    real, handler.stream = handler.stream, Full()
    logger.warning("lost %s", SECRET.reveal())
    handler.stream = real
    assert capsys.readouterr().err == ""


class Full(io.StringIO):
    """A stream onto a full disk."""

    def write(self, _: str, /) -> int:
        raise OSError(28, "No space left on device")


def ours() -> list[logging.Handler]:
    return [h for h in logging.getLogger().handlers if h.formatter is REDACTOR]


def test_to_start_twice_writes_everything_once(folders: AppDirs, tmp_path: Path) -> None:
    """Into the folder that was named last."""
    log.start(AppDirs.under(tmp_path / "earlier"))
    log.start(folders)
    logger.warning("once")
    assert written(folders).count("once") == 1
    assert len(ours()) == 2  # the file, and what opens it


def test_details_are_for_debugging_only(
    folders: AppDirs, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then they go to the screen as well, redacted."""
    log.start(folders)
    logger.debug("a detail")
    assert written(folders) == ""
    log.start(folders, debug=True)
    REDACTOR.add([SECRET])
    logger.debug("a detail of %s", SECRET.reveal())
    logging.getLogger("urllib3.connectionpool").debug("path and query")
    shown = capsys.readouterr().err
    assert f"a detail of <{SECRET.fingerprint}>" in shown
    assert f"a detail of <{SECRET.fingerprint}>" in written(folders)
    assert "path and query" not in shown


def test_without_a_screen_debugging_goes_to_the_file(
    folders: AppDirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pythonw` has no stderr."""
    monkeypatch.setattr(sys, "stderr", None)
    log.start(folders, debug=True)
    logger.debug("a detail")
    assert "a detail" in written(folders)


@pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")
def test_every_file_is_for_this_user_alone_and_there_are_few(
    folders: AppDirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the ones that come about by rotating."""
    monkeypatch.setattr(log, "_MAX_BYTES", 2000)
    folders.log.mkdir()
    folders.log_file.write_text("from an older version\n")
    folders.log_file.chmod(0o644)
    mask = os.umask(0)
    try:
        log.start(folders)
        assert stat.S_IMODE(folders.log_file.stat().st_mode) == 0o600
        for number in range(200):
            logger.warning("%03d %s", number, "x" * 100)
    finally:
        os.umask(mask)
    found = {file.name: file for file in folders.log.iterdir()}
    assert sorted(found) == [
        folders.log_file.name,
        *(f"{folders.log_file.name}.{n}" for n in "123"),
    ]
    for file in found.values():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.stat().st_size <= 2000
    assert "199" in written(folders)


@pytest.mark.parametrize("obstacle", ["folder", "file"])
def test_if_nothing_can_be_written_the_program_runs_on(
    folders: AppDirs, obstacle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The icon still shows the state."""
    if obstacle == "folder":
        folders.log.write_text("in the way")
    else:
        folders.log_file.mkdir(parents=True)
    log.start(folders)
    logger.error("unheard")
    assert capsys.readouterr().err == ""


def test_an_error_that_ends_a_thread_is_in_the_log(folders: AppDirs) -> None:
    """Redacted; a thread that dies silently makes an icon that lies."""
    log.start(folders)
    REDACTOR.add([SECRET])

    def die() -> None:
        raise RuntimeError(f"with {SECRET.reveal()}")

    thread = threading.Thread(target=die, name="some thread")
    thread.start()
    thread.join()
    shown = written(folders)
    assert "some thread ended by an error" in shown
    assert f"RuntimeError: with <{SECRET.fingerprint}>" in shown
    arguments = threading.ExceptHookArgs([ValueError, None, None, None])
    threading.excepthook(arguments)
    assert "a thread ended by an error" in written(folders)


def test_an_error_that_ends_the_program_is_in_the_log(
    folders: AppDirs, capsys: pytest.CaptureFixture[str]
) -> None:
    """Redacted, and not on the screen; Ctrl-C is no such error."""
    log.start(folders)
    REDACTOR.add([SECRET])
    sys.excepthook(RuntimeError, RuntimeError(SECRET.reveal()), None)
    assert f"RuntimeError: <{SECRET.fingerprint}>" in written(folders)
    assert capsys.readouterr().err == ""
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert "KeyboardInterrupt" in capsys.readouterr().err
    assert "KeyboardInterrupt" not in written(folders)


@pytest.mark.parametrize("posix", [True, False])
def test_a_log_that_cannot_be_renamed_now_loses_no_line(
    folders: AppDirs, monkeypatch: pytest.MonkeyPatch, *, posix: bool
) -> None:
    """On Windows, another process may have it open; once it has not, the log rolls over."""
    monkeypatch.setattr("tray_app.system.log.POSIX", posix and os.name == "posix")
    monkeypatch.setattr(log, "_MAX_BYTES", 1000)
    log.start(folders)
    logger.warning("%s", "x" * 900)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", Mock(side_effect=PermissionError))
        for number in range(20):
            logger.warning("line %02d %s", number, "x" * 80)
        assert [f"line {number:02}" in written(folders) for number in range(20)] == [True] * 20
    logger.warning("the last one")
    assert written(folders).count("\n") == 1
    kept = folders.log_file.with_name(f"{folders.log_file.name}.1").read_text()
    assert "line 19" in kept


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_on_windows_no_process_keeps_the_log_open(
    folders: AppDirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise no other process could roll it over, and no folder with it be removed."""
    monkeypatch.setattr("tray_app.system.log.POSIX", False)
    log.start(folders)
    logger.warning("one")
    logger.warning("two")
    open_files = {os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()}
    assert str(folders.log_file) not in open_files
    assert written(folders).count("\n") == 2
