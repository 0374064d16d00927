"""Secrets in a plain-text file: for servers without a keyring, if the config says so.

One file for all profiles of a user, 0600 in a folder that is 0700. A file that looks unsafe or
damaged is not touched; the error says why.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tray_app.model.errors import Busy, SecretFileError
from tray_app.model.printable import quoted
from tray_app.system import atomic_file
from tray_app.system.directory_fd import caller_of
from tray_app.system.dirs import POSIX, real_path
from tray_app.system.locks import Locks
from tray_app.system.own_folder import NotOurs, in_own_folder, maker_of, own_folder

_MARK = "webex-token-tray"
_VERSION = "secrets, version 1"
_TIMEOUT = 5.0
"""Seconds to wait for another process that is writing; the vault waits ten in all."""

_TRIES = 5

_NEW_FILE = 256
"""Bytes: more than a file without secrets has."""


class SecretFile:
    """A `Store` in one file. Each call reads the file again."""

    durable = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._locks = Locks(path.parent, _TIMEOUT)
        self._reserved: dict[str, atomic_file.Replacement] = {}

    @property
    def name(self) -> str:
        """Names the file."""
        return f"the file {self.path}"

    def get(self, name: str, *, prompt: bool) -> str | None:  # noqa: ARG002 - never asks
        """Return the secret or None. Raises SecretFileError."""
        return self._read()[1].get(name)

    def set(self, name: str, value: str, *, prompt: bool) -> None:  # noqa: ARG002 - never asks
        """Keep the secret and read it back. Raises SecretFileError; the file is then unchanged."""
        with self._locked():
            raw, secrets = self._read()
            if secrets.get(name) == value:
                return
            self._write(raw, name, value)
            if self._read()[1].get(name) != value:
                raise SecretFileError(f"{self.path} did not keep the secret")

    def reserve(self, name: str, size: int) -> None:
        """Create and sync the next version of the file, larger by `size` bytes, for the next `set`
        of this name. Raises SecretFileError."""
        self.release(name)
        self._make_folder()
        raw, _ = self._read()
        new = _NEW_FILE + len(raw or b"") + size
        if new >= atomic_file.MAX_BYTES:
            raise self._too_large()
        try:
            self._reserved[name] = atomic_file.Replacement(self.path, _ours_alone)
            self._reserved[name].reserve(new)
        except OSError as error:
            self.release(name)
            raise self._unwritable(error) from error

    def release(self, name: str) -> None:
        """Remove what `reserve` created, if no `set` has used it."""
        replacement = self._reserved.pop(name, None)
        if replacement is not None:
            with suppress(OSError):
                replacement.abandon()

    def remove(self, name: str, *, prompt: bool) -> bool:  # noqa: ARG002 - never asks
        """Remove the secret; False if there was none. Raises SecretFileError."""
        if name not in self._read()[1]:
            return False
        with self._locked():
            raw, secrets = self._read()
            if name in secrets:
                self._write(raw, name, None)
                if not self._read()[1]:
                    self.path.unlink()
            return name in secrets

    def close(self) -> None:
        """Do nothing: each call opens the file."""

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep out our other processes; `replace` notices edits by other programs."""
        self._make_folder()
        try:
            with self._locks.acquire("secrets", str(real_path(self.path))):
                yield
        except Busy:
            raise SecretFileError(f"{self.path} is in use by another process") from None

    def _make_folder(self) -> None:
        try:
            own_folder(self.path.parent)
        except NotOurs as error:
            raise SecretFileError(
                f"{self.path} is not written: {atomic_file.error_text(error)}; set XDG_DATA_HOME"
                " to a folder of your own"
            ) from error
        except OSError as error:
            sentence = atomic_file.error_text(error)
            raise SecretFileError(f"{self.path.parent} cannot be made: {sentence}") from error

    def _too_large(self) -> SecretFileError:
        return SecretFileError(f"{self.path} would grow beyond 1 MiB; remove what is old")

    def _unwritable(self, error: OSError) -> SecretFileError:
        return SecretFileError(f"{self.path} cannot be written: {atomic_file.error_text(error)}")

    def _write(self, raw: bytes | None, name: str, value: str | None) -> None:
        """Set or remove one secret, even if others change meanwhile. Raises SecretFileError."""
        for _ in range(_TRIES):
            secrets = _secrets(raw, self.path)
            secrets.pop(name, None)
            if value is not None:
                secrets[name] = value
            new = json.dumps({_MARK: _VERSION, "secrets": secrets}, indent=2, sort_keys=True)
            if len(new) >= atomic_file.MAX_BYTES:
                raise self._too_large()
            try:
                with self._reserved.pop(name, None) or atomic_file.Replacement(
                    self.path, _ours_alone
                ) as next_one:
                    next_one.commit(f"{new}\n".encode(), was=raw)
            except atomic_file.FileChanged:
                raw = self._read()[0]
            except OSError as error:
                raise self._unwritable(error) from error
            else:
                return
        raise SecretFileError(f"{self.path} cannot be written: another program keeps editing it")

    def _read(self) -> tuple[bytes | None, dict[str, str]]:
        """Return the bytes (None: no file yet) and the secrets. Raises SecretFileError."""
        try:
            raw = _private_bytes(self.path)
        except FileNotFoundError:
            return None, {}
        except OSError as error:
            sentence = atomic_file.error_text(error)
            raise SecretFileError(f"{self.path} cannot be read: {sentence}") from error
        return raw, _secrets(raw, self.path)


def _ours_alone(target: atomic_file.Target) -> atomic_file.Verdict:
    """Refuse a file that has replaced ours since it was read."""
    if target.linked:
        return atomic_file.Verdict("it is a symbolic link, which is not followed: remove it")
    if POSIX and target.state is not None and target.state.st_uid != os.geteuid():
        return atomic_file.Verdict(f"it belongs to user {target.state.st_uid}")
    if target.state is None and (caller := caller_of(target.folder)) is not None:
        return atomic_file.Verdict(
            f"it would be root's in the home of user {caller}, who could not use it without sudo;"
            " run this without sudo, or with sudo -H"
        )
    return _on_mount_of_another(target) or in_own_folder(target)


def _on_mount_of_another(target: atomic_file.Target) -> atomic_file.Verdict | None:
    """Refuse a folder that another user's mount shows as ours: that user could read the file."""
    if not POSIX:
        return None
    try:
        maker = maker_of(target.path.parent, target.folder)
    except OSError as error:
        return atomic_file.Verdict(atomic_file.error_text(error))
    if maker is None:
        return None
    return atomic_file.Verdict(f"user {maker} made the mount that it is on, and could read it")


def _private_bytes(path: Path) -> bytes:
    """Return the content if only this user has access. Raises OSError, SecretFileError."""
    if path.is_symlink():
        raise SecretFileError(f"{path} is a symbolic link, which is not followed: remove it")
    # The opened file is checked: the path may lead elsewhere a moment later.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        if POSIX and state.st_uid != os.geteuid():
            raise SecretFileError(
                f"{path} belongs to user {state.st_uid}, and this program runs as {os.geteuid()}"
            )
        if POSIX and state.st_mode & 0o077:
            remedy = f"chmod 600 {quoted(str(path))}"
            raise SecretFileError(f"{path} is open to other users of this machine: {remedy}")
        raw = file.read(atomic_file.MAX_BYTES + 1)
    if len(raw) > atomic_file.MAX_BYTES:
        raise OSError(errno.EFBIG, "it is larger than 1 MiB")
    return raw


def _secrets(raw: bytes | None, path: Path) -> dict[str, str]:
    """The secrets by name. Raises SecretFileError if the bytes are not ours."""
    if raw is None:
        return {}
    root: Any = None
    with suppress(ValueError, RecursionError):
        root = json.loads(raw)
    is_ours = isinstance(root, dict) and root.get(_MARK) == _VERSION
    secrets = root.get("secrets") if is_ours else None
    if not isinstance(secrets, dict) or not all(isinstance(v, str) for v in secrets.values()):
        # Outside of `suppress`: json's error holds the document, and would be its context.
        raise SecretFileError(
            f"{path} is damaged, or not a file of this program: repair it, or move it away"
        )
    return secrets
