"""A keyring for programs under test that takes its time over a write, and says when it begins.

Named by PYTHON_KEYRING_BACKEND; to be imported by name only, since the library lists every class
that exists.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.cli.keyring_backend import FolderKeyring

SLOW_AT = "TEST_KEYRING_SLOW_AT"
"""Names a pipe. While it is there, a write tells so in it, and waits."""


class SlowKeyring(FolderKeyring):
    """Keeps secrets in a file."""

    priority = 1.0

    def set_password(self, service: str, username: str, password: str) -> None:
        pipe = Path(os.environ[SLOW_AT])
        if pipe.exists():
            pipe.write_text("asked\n", encoding="ascii")
        while pipe.exists():
            time.sleep(0.01)
        super().set_password(service, username, password)
