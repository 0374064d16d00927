"""A keyring for programs under test that hangs where it is told to, and says when it does.

Named by PYTHON_KEYRING_BACKEND; to be imported by those programs only, since the library lists
every class that exists.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from tests.cli.keyring_backend import FolderKeyring

HANGS_AT = "TEST_KEYRING_HANGS_AT"
"""Names the call, "get" or "set", and the pipe to tell, with a colon between."""


class HangingKeyring(FolderKeyring):
    """Keeps secrets in a file. From the moment that the pipe is there, that call hangs."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        self._reach("get")
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._reach("set")
        super().set_password(service, username, password)

    @staticmethod
    def _reach(what: str) -> None:
        call, _, pipe = os.environ[HANGS_AT].partition(":")
        if call == what and Path(pipe).exists():
            Path(pipe).write_text("hung\n", encoding="ascii")
            threading.Event().wait()
