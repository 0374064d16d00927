"""The rotating log. A filter replaces every secret that this process has held."""

from __future__ import annotations

import contextlib
import errno
import logging
import logging.handlers
import os
import stat
import sys
import threading
from collections.abc import Iterable
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

from tray_app.model.printable import printable
from tray_app.model.secret import Secret
from tray_app.system.dirs import AppDirs
from tray_app.system.own_folder import own_entry, own_folder
from tray_app.system.redaction import Redaction

_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
_MOST_BYTES = 512 * 1024
_KEPT_FILES = 3


class Redactor(logging.Formatter):
    """Formats a record, then hides known secrets in all of it, traceback included."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)
        self._redaction = Redaction()

    def hide(self, secrets: Iterable[Secret]) -> None:
        """Know these secrets: raw, URL-encoded and base64, whole and in pieces."""
        self._redaction.know(secrets)

    def clean(self, text: str) -> str:
        """Return the text without them."""
        return self._redaction.clean(text)

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, whatever the message holds, plus any traceback, indented."""
        try:
            message = record.getMessage()
        except Exception as error:  # noqa: BLE001 - logging would print it all, secrets too
            message = f"{record.msg} (cannot be formatted: {type(error).__name__})"
        record.message = printable(message)
        record.asctime = self.formatTime(record, self.datefmt)
        lines = [self.formatMessage(record)]
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            lines += [f"    {printable(line)}" for line in trace.splitlines()]
        return self.clean("\n".join(lines))


REDACTOR = Redactor()
"""Logging is the process's own; so is what it hides."""


def start(folders: AppDirs | None, *, debug: bool = False) -> None:
    """Write this process's log into the log folder; uncaught exceptions go there too.

    No folders: no file.
    """
    logging.raiseExceptions = False  # what cannot be written would go to stderr, unredacted
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.getLogger("tray_app").setLevel(logging.DEBUG if debug else logging.INFO)
    stop()
    handlers: list[logging.Handler] = []
    if folders is not None:
        with contextlib.suppress(OSError):  # no home, full disk: the icon still tells
            own_folder(folders.log)
            handlers.append(_PrivateFile(folders.log_file))
    if debug and sys.stderr is not None:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers or [logging.NullHandler()]:
        handler.setFormatter(REDACTOR)
        root.addHandler(handler)
    sys.excepthook = _died
    threading.excepthook = _thread_died


def stop() -> None:
    """Close this process's log."""
    root = logging.getLogger()
    for ours in [handler for handler in root.handlers if handler.formatter is REDACTOR]:
        root.removeHandler(ours)
        ours.close()


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A rotating log whose every file is for this user alone (0600)."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=_MOST_BYTES,
            backupCount=_KEPT_FILES,
            encoding="utf-8",
            errors="backslashreplace",
        )

    def _open(self) -> TextIOWrapper:
        # No link is followed, and no FIFO waited for.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with own_entry(Path(self.baseFilename)) as entry:
            handle = entry.open(flags)
        try:
            _make_private(handle)
            return open(  # noqa: PTH123 - of a descriptor
                handle, "a", encoding=self.encoding, errors=self.errors
            )
        except OSError:
            os.close(handle)
            raise


def _make_private(handle: int) -> None:
    """Close a file that was there before to others. Raises OSError if it is no regular file."""
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if hasattr(os, "fchmod"):
        os.fchmod(handle, 0o600)


def _died(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("tray_app").error("ended by an error", exc_info=(kind, error, trace))


def _thread_died(args: threading.ExceptHookArgs) -> None:
    thread = args.thread.name if args.thread else "a thread"
    error: BaseException = args.exc_value or args.exc_type()
    trace: TracebackType | None = args.exc_traceback
    logging.getLogger("tray_app").error(
        "%s ended by an error", thread, exc_info=(args.exc_type, error, trace)
    )
