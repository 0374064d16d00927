"""Locks between processes, one for each credential (never the credential's own file)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from tray_app.adapters.paths import private_directory
from tray_app.core.errors import Busy


class Locks:
    """Lock files in one directory. A lock goes with its process, however that ends."""

    def __init__(self, directory: Path, patience: float = 30.0) -> None:
        """`patience`: seconds to wait for another process that is renewing."""
        self._directory = directory
        self._patience = patience

    @contextmanager
    def hold(self, *scope: str) -> Iterator[None]:
        """Hold the lock of this scope, e.g. ("app", appId, org). Raises Busy."""
        name = hashlib.sha256("\n".join(scope).encode()).hexdigest()[:32]
        path = private_directory(self._directory) / f"{scope[0]}-{name}.lock"
        lock = filelock.FileLock(path, timeout=self._patience, thread_local=False)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise Busy("another process is renewing this token and has not finished") from None
        try:
            yield
        finally:
            lock.release()
