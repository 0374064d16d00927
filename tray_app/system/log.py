"""The rotating log. Every secret that this process has held is redacted.

Start-up imports this module, so what opens the log is loaded only when that is done.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import stat
import sys
import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from tray_app.model.printable import printable
from tray_app.system.dirs import POSIX
from tray_app.system.forks import held_at_fork
from tray_app.system.windows_mutex import windows_mutex

if TYPE_CHECKING:
    from tray_app.model.secret import Secret
    from tray_app.system.dirs import AppDirs

_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
_MAX_BYTES = 512 * 1024
_BACKUPS = 3

_WINDOWS_TURN = 2.0
"""Seconds to wait while other processes write, on Windows."""

_PIECE = 8
"""So many consecutive characters of a secret are redacted: servers and libraries cut messages."""

_STRIDE = 3
_CHUNK = _PIECE - _STRIDE + 1
"""The index has a chunk of this length at every third character: each piece contains one."""

_PUBLIC_END = r"_\w{4}_[0-9a-f-]{36}"
"""The end of a Webex token, which is not secret (docs/webex-api.md, "Ids and token formats")."""

_SEPARATOR = "\0"


class Redaction:
    """Replaces secrets in texts: raw, URL-encoded and base64, whole and in pieces. Thread-safe.

    It holds the secrets of up to a thousand profiles, and those that they have rotated out, so each
    takes less than 2 kB: all forms are in one text, and a bitmap of hashes tells which chunks are
    not in that text. A compiled alternation of 5,000 secrets takes 6 s to build.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._digests: set[bytes] = set()
        self._forms: list[str] = [_SEPARATOR]
        self._length = 1
        self._index = bytearray(1024)
        # Of each form: where it begins in the text, and the number of its secret.
        self._starts, self._secrets = array("L"), array("L")
        self._fingerprints: list[str] = []
        self._short: dict[str, str] = {}

    def add(self, secrets: Iterable[Secret]) -> None:
        """Redact these secrets from now on."""
        with self.lock:
            for secret in secrets:
                digest = bytes.fromhex(secret.digest[:32])
                if digest not in self._digests:
                    self._digests.add(digest)
                    self._add(secret.reveal(), f"<{secret.fingerprint}>")

    def redact(self, text: str) -> str:
        """Return the text with fingerprints in place of secrets and of pieces of them."""
        with self.lock:
            for value in sorted(self._short, key=len, reverse=True):
                text = text.replace(value, self._short[value])
            return self._redact_pieces(text)

    def _add(self, value: str, fingerprint: str) -> None:
        # The public end stays in the text, unless it follows the secret itself.
        private = re.sub(rf"{_PUBLIC_END}\Z", "", value)
        for form in _forms_of(value):
            if len(private) < _PIECE or len(form) < _PIECE:
                self._short[form] = fingerprint  # redacted as a whole only
        for form in dict.fromkeys(_forms_of(private)):
            if len(form) >= _PIECE:
                self._starts.append(self._length)
                self._secrets.append(len(self._fingerprints))
                self._forms.append(form + _SEPARATOR)
                self._length += len(form) + 1
                self._add_to_index(form)
        self._fingerprints.append(fingerprint)
        if self._length > len(self._index):
            self._index = bytearray(2 * len(self._index))
            for form in self._all_forms().split(_SEPARATOR):
                self._add_to_index(form)

    def _add_to_index(self, form: str) -> None:
        for place in range(0, len(form) - _CHUNK + 1, _STRIDE):
            byte, bit = self._place(form[place : place + _CHUNK])
            self._index[byte] |= bit

    def _may_hold(self, chunk: str) -> bool:
        byte, bit = self._place(chunk)
        return bool(self._index[byte] & bit)

    def _place(self, chunk: str) -> tuple[int, int]:
        number = hash(chunk) % (8 * len(self._index))
        return number >> 3, 1 << (number & 7)

    def _redact_pieces(self, text: str) -> str:
        known = [self._may_hold(text[n : n + _CHUNK]) for n in range(len(text) - _CHUNK + 1)]
        if not any(known):
            return text
        forms = self._all_forms()
        clean, last, at = [], 0, 0
        while at <= len(text) - _PIECE:
            if not (any(known[at : at + _STRIDE]) and text[at : at + _PIECE] in forms):
                at += 1
                continue
            end = at + _PIECE
            while end < len(text) and text[end - _PIECE + 1 : end + 1] in forms:
                end += 1
            clean += [text[last:at], self._fingerprint_of(text[at:end], forms)]
            public = re.compile(_PUBLIC_END).match(text, end)
            last = at = public.end() if public else end
        return "".join([*clean, text[last:]])

    def _all_forms(self) -> str:
        self._forms = ["".join(self._forms)]
        return self._forms[0]

    def _fingerprint_of(self, piece: str, forms: str) -> str:
        """The fingerprint of the secret that the piece is from; of the first, if from several."""
        found = forms.find(piece)
        if found < 0:
            found = forms.find(piece[:_PIECE])
        return self._fingerprints[self._secrets[bisect_right(self._starts, found) - 1]]


def _forms_of(value: str) -> Iterator[str]:
    """The ways in which a secret may appear in a text."""
    import base64
    from urllib.parse import quote

    if not value:
        return
    yield value
    yield quote(value, safe="")
    raw = value.encode("utf-8", "surrogatepass")
    for before in range(3):  # bytes that may come before it, as in Basic authentication
        coded = base64.b64encode(b"\0" * before + raw).rstrip(b"=").decode()
        # Without the characters that depend on the neighbouring bytes.
        own = coded[-(-before * 4 // 3) : len(coded) - ((before + len(raw)) % 3 > 0)]
        if len(own) >= _PIECE:
            yield own
            yield own.replace("+", "-").replace("/", "_")


class Redactor(logging.Formatter):
    """Formats a record, then redacts all of it, including the traceback."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)
        self._redaction = Redaction()
        self.lock = self._redaction.lock

    def add(self, secrets: Iterable[Secret]) -> None:
        """Redact these secrets from now on."""
        self._redaction.add(secrets)

    def redact(self, text: str) -> str:
        """Return the text without secrets."""
        return self._redaction.redact(text)

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, whatever the message holds, then any traceback, indented."""
        try:
            message = record.getMessage()
        except Exception as error:  # noqa: BLE001 - a boundary: logging would print it all
            message = f"{record.msg} (cannot be formatted: {type(error).__name__})"
        record.message = printable(message)
        record.asctime = self.formatTime(record, self.datefmt)
        lines = [self.formatMessage(record)]
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            lines += [f"    {printable(line)}" for line in trace.splitlines()]
        return self.redact("\n".join(lines))


REDACTOR = Redactor()
"""One for the process, as logging is."""
held_at_fork(REDACTOR.lock)


def start(folders: AppDirs | None, *, debug: bool = False, deferred: bool = False) -> None:
    """Write this process's log, and its uncaught exceptions, into the log folder.

    `folders`: None for no file; `deferred`: the log is opened when the first record arrives, or by
    `open_now`.
    """
    logging.raiseExceptions = False  # logging would print a failed record to stderr, unredacted
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.getLogger("tray_app").setLevel(logging.DEBUG if debug else logging.INFO)
    stop()
    opener = _Opener(folders, debug=debug)
    opener.setFormatter(REDACTOR)
    root.addHandler(opener)
    if not deferred:
        opener.open()
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def open_now() -> None:
    """Open the log, if it is deferred."""
    for handler in list(logging.getLogger().handlers):
        if isinstance(handler, _Opener):
            handler.open()


def stop() -> None:
    """Close this process's log."""
    root = logging.getLogger()
    for ours in [handler for handler in root.handlers if handler.formatter is REDACTOR]:
        root.removeHandler(ours)
        ours.close()


class _Opener(logging.Handler):
    """Opens the log when the first record arrives.

    It stays the first handler of the root: a thread whose record it handles then finds the log
    behind it.
    """

    def __init__(self, folders: AppDirs | None, *, debug: bool) -> None:
        super().__init__()
        self._folders = folders
        self._debug = debug
        self._is_open = False

    def open(self) -> None:
        self.acquire()
        try:
            if not self._is_open:
                self._is_open = True
                for handler in _handlers(self._folders, debug=self._debug):
                    handler.setFormatter(REDACTOR)
                    logging.getLogger().addHandler(handler)
        finally:
            self.release()

    def emit(self, _record: logging.LogRecord) -> None:
        self.open()


def _handlers(folders: AppDirs | None, *, debug: bool) -> Iterator[logging.Handler]:
    if folders is not None:
        from tray_app.system.own_folder import own_folder

        with contextlib.suppress(OSError):  # no home or a full disk: the program runs on
            own_folder(folders.log)
            yield _private_file(folders.log_file)
    if debug and sys.stderr is not None:
        yield logging.StreamHandler(sys.stderr)


def _private_file(path: Path) -> logging.Handler:
    """Return a rotating log each of whose files only this user may read (0600). Raises OSError."""
    from logging.handlers import RotatingFileHandler

    class PrivateFile(RotatingFileHandler):
        def _open(self) -> TextIOWrapper:
            return _open_private(Path(self.baseFilename))

        def emit(self, record: logging.LogRecord) -> None:
            if POSIX:
                super().emit(record)
                return
            # Windows renames no file that any process has open, and appends in two steps: it looks
            # for the end, and writes there.
            with windows_mutex(self.baseFilename, _WINDOWS_TURN):
                super().emit(record)
                self._close_stream()

        def doRollover(self) -> None:  # noqa: N802 - logging's name
            self._close_stream()
            try:
                path = Path(self.baseFilename)
                # Else another process has just rolled it over.
                is_large = path.stat().st_size > self.maxBytes // 2
                if is_large:
                    path.replace(self._aside)
            except OSError:  # another process has it open at this moment: the next record tries
                is_large = False
            if is_large:
                super().doRollover()
            else:
                self.stream = self._open()

        def rotate(self, _source: str, dest: str) -> None:
            Path(self._aside).replace(dest)

        @property
        def _aside(self) -> str:
            return f"{self.baseFilename}.{os.getpid()}"

        def _close_stream(self) -> None:
            if self.stream is not None:
                self.stream.close()
                self.stream = None  # logging opens it again

    return PrivateFile(path, maxBytes=_MAX_BYTES, backupCount=_BACKUPS)


def _open_private(path: Path) -> TextIOWrapper:
    """Raises OSError if it is not a regular file: no link is followed, no FIFO waited for."""
    from tray_app.system.own_folder import own_entry

    with own_entry(path) as entry:
        handle = entry.open(os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        _make_private(handle)
        return open(  # noqa: PTH123 - of a descriptor
            handle, "a", encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        os.close(handle)
        raise


def _make_private(handle: int) -> None:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if hasattr(os, "fchmod"):
        os.fchmod(handle, 0o600)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("tray_app").error("ended by an error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    thread = args.thread.name if args.thread else "a thread"
    error: BaseException = args.exc_value or args.exc_type()
    trace: TracebackType | None = args.exc_traceback
    logging.getLogger("tray_app").error(
        "%s ended by an error", thread, exc_info=(args.exc_type, error, trace)
    )
