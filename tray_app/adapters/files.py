"""Small files of other programs: read with care, replaced as a whole."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tray_app.adapters import exchange

T = TypeVar("T")

log = logging.getLogger(__name__)

LARGEST = 1 << 20

_SUFFIX = ".webex-token-tray"
_STALE_SECONDS = 3600.0
_WRITER_SECONDS = 0.2
"""How long an editor that has the file open is waited for, before it gets the file back."""


class Edited(OSError):
    """Somebody else has changed the file since it was read."""


def read_small(path: Path) -> bytes:
    """Return what the file holds. Raises OSError, also for what is not a regular file or > 1 MiB.

    A FIFO is not waited for, and of an endless device nothing is read.
    """
    return read_opened(path, lambda _handle: None)[0]


def read_opened(path: Path, look: Callable[[int], T]) -> tuple[bytes, T]:
    """Return what the file holds, and what `look` says of the descriptor that it was read from: a
    name may lead elsewhere a moment later. Raises OSError as `read_small` does."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            raw = file.read(LARGEST + 1)
        seen = look(handle)
    finally:
        os.close(handle)
    if len(raw) > LARGEST:
        raise OSError(errno.EFBIG, "it is larger than 1 MiB; is it the right file?")
    return raw, seen


def replace(path: Path, raw: bytes, was: bytes | None) -> None:
    """Put these bytes into the place of what the file was (None: no file), whole or not at all.

    Symbolic links are followed; mode and, where allowed, owner stay; a new file is 0600. Raises
    OSError, and Edited where it is no longer what it was; the file is then left alone. Where the
    system can exchange files, this holds for an edit at the very same moment too.
    """
    import tempfile

    target = Path(os.path.realpath(path))
    sweep(target)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.", suffix=_SUFFIX)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
            _keep_owner_and_mode(target, file.fileno())  # last: what a crash leaves is 0600
        tells = not exchange.is_being_written(temporary)  # for nobody has this one open
        if not _is_still(target, was, tells=tells):
            raise Edited(errno.EAGAIN, "somebody else is editing it")
        _move(temporary, target, raw, was, tells=tells)
    finally:
        temporary.unlink(missing_ok=True)
    # The file has its new content by now: what goes wrong from here on changes nothing of that.
    with contextlib.suppress(OSError):
        _sync_directory(target.parent)


def sentence(error: OSError) -> str:
    """Say what went wrong, without the file's name."""
    return error.strerror or type(error).__name__


def _content(target: Path) -> bytes | None:
    try:
        return read_small(target)
    except FileNotFoundError:
        return None


def sweep(path: Path) -> None:
    """Remove what our own killed runs have left beside the file; it holds secrets."""
    target = Path(os.path.realpath(path))
    with contextlib.suppress(OSError):
        for name in os.listdir(target.parent):  # noqa: PTH208 - of thousands of files, few are ours
            if not (name.startswith(f"{target.name}.") and name.endswith(_SUFFIX)):
                continue
            left = target.parent / name
            # Not the time of its content: an exchange gives our name to an old file.
            if time.time() - left.lstat().st_ctime > _STALE_SECONDS:
                left.unlink(missing_ok=True)


def _keep_owner_and_mode(target: Path, handle: int) -> None:
    if not hasattr(os, "fchmod") or not hasattr(os, "fchown"):
        return
    try:
        old = target.stat()
    except FileNotFoundError:
        return
    # Only the superuser may give files away; a group of ours may be kept all the same.
    for owner in (old.st_uid, -1):
        with contextlib.suppress(PermissionError):
            os.fchown(handle, owner, old.st_gid)
            break
    mode = stat.S_IMODE(old.st_mode)
    if os.fstat(handle).st_gid != old.st_gid:
        mode &= ~stat.S_IRWXG  # those rights were another group's
    os.fchmod(handle, mode)


def _move(temporary: Path, target: Path, raw: bytes, was: bytes | None, *, tells: bool) -> None:
    try:
        _put(temporary, target, raw, was, tells=tells)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        # A mount point of its own (`docker -v .env`) cannot be replaced: write into it. Should
        # that be interrupted, the whole new content still stands in the temporary file.
        old = target.read_bytes()
        try:
            _overwrite(target, raw)
        except OSError:
            _overwrite(target, old)
            raise


def _put(temporary: Path, target: Path, raw: bytes, was: bytes | None, *, tells: bool) -> None:
    """Let the new file take the old one's place, if that is still what it was."""
    try:
        if was is None:
            exchange.place(temporary, target)
            return
        exchange.swap(temporary, target)
    except exchange.CannotExchange:
        log.info("files cannot be exchanged here: an edit at the same moment may be lost")
        temporary.replace(target)
        return
    except (FileExistsError, FileNotFoundError) as error:
        raise Edited(errno.EAGAIN, "somebody else is editing it") from error
    if _is_still(temporary, was, tells=tells):
        return
    # What came out is newer than what we read, or is being written: it is given back. Should ours
    # have been edited in that moment, then that is the newest.
    exchange.swap(temporary, target)
    if not _is_still(temporary, raw, tells=tells):
        exchange.swap(temporary, target)
    raise Edited(errno.EAGAIN, "somebody else is editing it")


def _is_still(path: Path, what: bytes | None, *, tells: bool) -> bool:
    """Whether the file holds this, and nobody is writing to it; who does is waited for. `tells`:
    the system can tell.

    A file that is being written may be empty for a moment: what was read then is not all of it.
    """
    give_up_at = time.monotonic() + _WRITER_SECONDS
    while tells and exchange.is_being_written(path):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.001)
    return _content(path) == what


def _overwrite(target: Path, raw: bytes) -> None:
    with target.open("r+b") as file:
        file.write(raw)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    """Make the replacement itself durable, where the system has a way to say so."""
    if os.name != "posix":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
