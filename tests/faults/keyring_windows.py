"""The keyring library's own Windows backend, on a Credential Manager made of a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from keyring.backends import Windows

LARGEST = 2560
"""Bytes: CRED_MAX_CREDENTIAL_BLOB_SIZE of wincred.h."""


class WinError(Exception):
    """As pywin32's `error`: of no kind that the library knows."""

    def __init__(self, winerror: int, funcname: str, strerror: str) -> None:
        super().__init__(winerror, funcname, strerror)
        self.winerror, self.funcname = winerror, funcname


class Killed(BaseException):
    """The process ends here."""


class CredentialManager:
    """Keeps credentials by target. `dies_at`: the write or removal before which the process dies,
    counted from 1; `before_call`: called before each call, as if another process ran then."""

    CRED_TYPE_GENERIC = 1
    CRED_PERSIST_LOCAL_MACHINE = 2
    CRED_PERSIST_ENTERPRISE = 3

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.changes = 0
        self.dies_at: int | None = None
        self.before_call: Callable[[], None] | None = None

    def CredRead(self, *, Type: int, TargetName: str) -> dict[str, Any]:  # noqa: N802, N803 - theirs
        del Type
        self._interrupt()
        if TargetName not in self.kept:
            raise WinError(1168, "CredRead", "Element not found.")
        return self.kept[TargetName]

    def CredWrite(self, credential: dict[str, Any], _flags: int) -> None:  # noqa: N802 - theirs
        self._interrupt()
        self._changes()
        blob = credential["CredentialBlob"].encode("utf-16-le")
        if len(blob) > LARGEST:
            raise WinError(1783, "CredWrite", "The stub received bad data.")
        self.kept[credential["TargetName"]] = credential | {"CredentialBlob": blob}

    def CredDelete(self, *, Type: int, TargetName: str) -> None:  # noqa: N802, N803 - theirs
        del Type
        self._interrupt()
        self._changes()
        if self.kept.pop(TargetName, None) is None:
            raise WinError(1168, "CredDelete", "Element not found.")

    def _interrupt(self) -> None:
        if self.before_call is not None:
            self.before_call()

    def _changes(self) -> None:
        self.changes += 1
        if self.changes == self.dies_at:
            raise Killed


@contextmanager
def windows(patch: pytest.MonkeyPatch) -> Iterator[CredentialManager]:
    """Have the backend find that manager."""
    manager = CredentialManager()
    patch.setattr(Windows, "win32cred", manager, raising=False)
    patch.setattr(Windows, "pywintypes", SimpleNamespace(error=WinError), raising=False)
    patch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    patch.setattr(Windows, "missing_deps", False)
    patch.setattr("keyring.backend.get_all_keyring", lambda: [Windows.WinVaultKeyring()])  # type: ignore[no-untyped-call]
    yield manager
