"""Reads small files with limits, and replaces them atomically."""

from __future__ import annotations

import contextlib
import errno
import functools
import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from tray_app.system import exchange, file_attributes
from tray_app.system.directory_fd import Entry, Located, caller_of, located
from tray_app.system.dirs import POSIX, make_directory
from tray_app.system.temporary_file import TemporaryFolder
from tray_app.system.temporary_file import sweep as sweep_beside

T = TypeVar("T")

log = logging.getLogger(__name__)

MAX_BYTES = 1 << 20
_NO_FILE = "it is not a regular file"
_FOLDER = "it is a folder; name the file in it"
_EDITED = "another program is editing it"
_WRITER_SECONDS = 0.2  # for a program that has the file open for writing

_OPEN_ELSEWHERE = (5, 32)  # Windows' errors ACCESS_DENIED and SHARING_VIOLATION
_OPEN_ELSEWHERE_SECONDS = 1.0
_OPEN_SENTENCE = "another program has it open, or it is read-only; close it there"


class FileChanged(OSError):
    """Another program has changed the file since it was read."""


class WriteRefused(OSError):
    """The caller's rule forbids writing there. `strerror` says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """The file to be replaced, as it was opened, for a rule to judge.

    `path`: with links resolved. `state` and `content`: None if there is no file yet. `linked`:
    the name itself is a symbolic link; `link_owners`: who owns the links on the way, if known.
    `folder`: the state of its folder; `maker`: the owner of a file that this process creates there.
    """

    path: Path
    state: os.stat_result | None
    content: bytes | None
    linked: bool
    link_owners: frozenset[int]
    folder: os.stat_result
    maker: int


class Verdict(NamedTuple):
    """`refusal`: why the file must not be written, "" if it may; `private`: whether only its owner
    may read the new file, whatever the old one's mode was; `new_owner`: of a file that is new."""

    refusal: str = ""
    private: bool = False
    new_owner: int | None = None


Rule = Callable[[Target], Verdict]


def allow_any(_: Target) -> Verdict:
    """Allow every target; the new file keeps the mode of the old one."""
    return Verdict()


def read_small(path: Path) -> bytes:
    """Return the content. Raises OSError, also if it is not a regular file or is larger than 1 MiB.

    A FIFO does not block, and a device is not read.
    """
    return read_opened(path, lambda _handle: None)[0]


def read_opened(path: Path, look: Callable[[int], T]) -> tuple[bytes, T]:
    """Return the content, and what `look` returns for its descriptor: a moment later the name may
    lead elsewhere. Raises OSError as `read_small` does."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags)
    except PermissionError:
        if path.is_dir():  # Windows opens none
            raise OSError(errno.EINVAL, _FOLDER) from None
        raise
    try:
        return _read(handle), look(handle)
    finally:
        os.close(handle)


def replace(path: Path, raw: bytes, was: bytes | None, rule: Rule = allow_any) -> None:
    """Replace the content `was` (None: no file) by `raw`, as `Replacement.commit` does."""
    with Replacement(path, rule) as new:
        new.commit(raw, was)


def write(path: Path, raw: bytes) -> None:
    """Create the file and missing folders, or replace it. Raises OSError."""
    make_directory(path.parent)
    try:
        was = read_small(path)
    except FileNotFoundError:
        was = None
    replace(path, raw, was)


def error_text(error: Exception) -> str:
    """Return what went wrong, without the file's name."""
    return getattr(error, "strerror", None) or type(error).__name__


def sweep(path: Path) -> None:
    """Remove temporary files of killed runs beside the file; they contain secrets."""
    with contextlib.suppress(OSError), located(path) as found:
        sweep_beside(found.entry)


def judged(path: Path, rule: Rule) -> tuple[Verdict, bytes | None]:
    """Return the rule's verdict on the file that was opened, and its content, None if there is no
    file. Creates nothing. Raises OSError."""
    with located(path) as found, _opened(found.entry) as old:
        if refusal := found.refusal():
            return Verdict(refusal), None
        target = _target(found, old, os.geteuid() if hasattr(os, "geteuid") else 0)
        return rule(target), target.content


class Replacement:
    """The next version of a file, in a temporary folder beside it. A context manager; not
    thread-safe.

    Symbolic links are resolved once. Later steps use the folder that was found then, even if its
    path leads elsewhere by then.
    """

    def __init__(self, path: Path, rule: Rule = allow_any) -> None:
        """Raises WriteRefused if the rule forbids it, OSError if no file can be created."""
        self._rule = rule
        self.made_private = False
        """Whether the last `commit` withdrew access from others, as the rule wanted."""
        self.in_place = False
        """Whether the last `commit` wrote into the old file, to keep its access control list."""
        with contextlib.ExitStack() as undo:
            self._found = undo.enter_context(located(path))
            if refusal := self._found.refusal():
                raise WriteRefused(errno.EPERM, refusal)
            self._target = self._found.entry
            sweep_beside(self._target)
            self._folder = TemporaryFolder.create(self._target)
            undo.callback(self._folder.close)
            self._file = self._folder.file
            self._maker = self._folder.maker
            with _opened(self._target) as old:
                self._judge(old)
            self._undo = undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.abandon()

    def reserve(self, size: int) -> None:
        """Reserve so many bytes of the disk for `commit`. Raises OSError.

        A `commit` that fails releases them.
        """
        # Not zeros or fallocate: file systems that compress would reserve nothing for those.
        with os.fdopen(self._folder.open_file(), "wb") as file:
            file.write(os.urandom(size))
            file.flush()
            os.fsync(file.fileno())

    def commit(self, raw: bytes, was: bytes | None) -> None:
        """Replace the content `was` (None: no file) by `raw`, completely or not at all.

        Mode, access control list and, if allowed, owner stay; a new file is 0600. Raises OSError,
        WriteRefused, and FileChanged if the content is not `was`: the file is then unchanged, and
        `commit` may be called again. If the system can exchange files, an edit at the same moment
        is detected, too.
        """
        try:
            self._commit(raw, was)
        except OSError:
            with contextlib.suppress(OSError):  # it may have the old one's mode and owner
                self._file.unlink()
            raise
        # The file has its new content: an error from here on changes nothing about that.
        with contextlib.suppress(OSError):
            self._target.directory.sync()

    def _commit(self, raw: bytes, was: bytes | None) -> None:
        with contextlib.ExitStack() as opened:
            old = opened.enter_context(_opened(self._target))
            verdict = self._judge(old)
            self.made_private = verdict.private and old is not None and _others_have_access(old)
            try:
                self._fill(raw, old, verdict)
            except file_attributes.AclNotCopied:
                self._overwrite(old, raw, was)
                self.in_place = True
                return
            # No program has this file open, so that False means: the system cannot tell.
            with exchange.without_writers(self._file) as can_tell:
                pass
            if not _is_still(self._target, was, can_tell=can_tell):
                raise FileChanged(errno.EAGAIN, _EDITED)
            if not POSIX:
                opened.close()  # Windows replaces no file that is open
            try:
                _put(self._file, self._target, raw, was, can_tell=can_tell)
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
                # A mount point (`docker -v .env`) cannot be replaced: write into it.
                self._overwrite(old, raw, was)
                self.made_private = False

    def abandon(self) -> None:
        """Remove what was created, if it was not committed. May be called repeatedly."""
        self._undo.close()

    def _fill(self, raw: bytes, old: int | None, verdict: Verdict) -> None:
        with os.fdopen(self._folder.open_file(), "wb") as file:
            file.write(raw)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
            if old is None and verdict.new_owner is not None:
                with contextlib.suppress(OSError):
                    os.fchown(file.fileno(), verdict.new_owner, -1)
            if verdict.private:
                file_attributes.for_owner_alone(file.fileno())
            elif old is not None:  # last, so that a crash leaves a file with mode 0600
                file_attributes.copy(old, file.fileno())
        if not POSIX and old is not None:
            file_attributes.copy_windows_acl(self._target.path, self._file.path)

    def _judge(self, old: int | None) -> Verdict:
        """Raises WriteRefused, OSError."""
        if self._rule is allow_any:
            return Verdict(new_owner=caller_of(self._target.directory.state()))
        verdict = self._rule(_target(self._found, old, self._maker))
        if verdict.refusal:
            raise WriteRefused(errno.EPERM, verdict.refusal)
        return verdict

    def _overwrite(self, old: int | None, raw: bytes, was: bytes | None) -> None:
        """Write into the file that was judged. If that is interrupted, the temporary file has the
        whole new content."""
        try:
            handle = self._target.open(os.O_RDWR)
        except (FileNotFoundError, BlockingIOError) as error:  # another program has a lease
            raise FileChanged(errno.EAGAIN, _EDITED) from error
        with os.fdopen(handle, "r+b") as file:
            same = old is not None and os.path.sameopenfile(old, handle)
            if not same or file.read() != was:
                raise FileChanged(errno.EAGAIN, _EDITED)
            try:
                _write_into(file.fileno(), raw)
            except OSError:
                _write_into(file.fileno(), was or b"")
                raise


@contextlib.contextmanager
def _opened(entry: Entry) -> Iterator[int | None]:
    """Yield a descriptor of the file; None if there is no file."""
    try:
        handle = entry.open(os.O_RDONLY)
    except FileNotFoundError:
        yield None
        return
    try:
        yield handle
    finally:
        os.close(handle)


def _target(found: Located, old: int | None, maker: int) -> Target:
    return Target(
        found.entry.path,
        os.fstat(old) if old is not None else None,
        _read(old) if old is not None else None,
        found.linked,
        found.link_owners,
        found.entry.directory.state(),
        maker,
    )


def _put(new: Entry, target: Entry, raw: bytes, was: bytes | None, *, can_tell: bool) -> None:
    """Replace the old file by the new one, if its content is still `was`."""
    try:
        if was is None:
            exchange.place(new, target)
            return
        exchange.swap(new, target)
    except exchange.CannotExchange:
        _log_no_exchange()
        _replace_when_closed(new, target)
        return
    except (FileExistsError, FileNotFoundError) as error:
        raise FileChanged(errno.EAGAIN, _EDITED) from error
    if _is_still(new, was, can_tell=can_tell):
        return
    # The file was edited, or is being written: put it back. If ours was edited meanwhile, that edit
    # is the newest, so that it stays.
    exchange.swap(new, target)
    if not _is_still(new, raw, can_tell=can_tell):
        exchange.swap(new, target)
    raise FileChanged(errno.EAGAIN, _EDITED)


@functools.cache  # once for a process, and not at every write
def _log_no_exchange() -> None:
    log.info("files cannot be exchanged here: an edit at the same moment may be lost")


def _replace_when_closed(new: Entry, target: Entry) -> None:
    """Replace the target. On Windows, wait while another program has it open, for a second at most:
    virus scanners and editors do for a moment. Raises OSError."""
    give_up_at = time.monotonic() + _OPEN_ELSEWHERE_SECONDS
    while True:
        try:
            new.replace(target)
        except OSError as error:
            if getattr(error, "winerror", None) not in _OPEN_ELSEWHERE:
                raise
            if time.monotonic() > give_up_at:
                raise PermissionError(errno.EACCES, _OPEN_SENTENCE) from error
            time.sleep(_OPEN_ELSEWHERE_SECONDS / 20)
        else:
            return


def _is_still(entry: Entry, what: bytes | None, *, can_tell: bool) -> bool:
    """Whether the file has this content, and no program is writing to it, which is waited for.

    `can_tell`: whether the system can tell. A file that is being written may be empty for a moment,
    so no program may begin to while it is read.
    """
    give_up_at = time.monotonic() + _WRITER_SECONDS
    try:
        while time.monotonic() <= give_up_at:
            with exchange.without_writers(entry) as is_closed:
                if is_closed or not can_tell:
                    return _content(entry) == what
            time.sleep(0.001)
    except OSError:  # a link or a folder has taken its name
        pass
    return False


def _content(entry: Entry) -> bytes | None:
    with _opened(entry) as handle:
        return _read(handle) if handle is not None else None


def _read(handle: int) -> bytes:
    """The bytes of a small regular file, from its start. Raises OSError."""
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, _FOLDER if stat.S_ISDIR(mode) else _NO_FILE)
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(handle, "rb", closefd=False) as file:
        raw = file.read(MAX_BYTES + 1) or b""  # None for /proc/kmsg, which would block
    if len(raw) > MAX_BYTES:
        raise OSError(errno.EFBIG, "it is larger than 1 MiB; is it the right file?")
    return raw


def _others_have_access(handle: int) -> bool:
    """Whether the mode lets others than the owner in."""
    return bool(os.fstat(handle).st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _write_into(handle: int, raw: bytes) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(handle, "wb", closefd=False) as file:
        file.write(raw)
        file.truncate()
        file.flush()
        os.fsync(handle)
