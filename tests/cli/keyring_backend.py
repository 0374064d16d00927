"""A keyring for the commands under test, by keyring's own seam: PYTHON_KEYRING_BACKEND."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from keyring.backend import KeyringBackend


class FolderKeyring(KeyringBackend):
    """Keeps secrets in a file that outlives the command, in the folder that the test names. As with
    a real one, several processes may use it at once (on Windows, one)."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        if not self._path().exists():
            return None
        with self._opened() as secrets:
            return secrets.get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        with self._opened() as secrets:
            secrets[f"{service}/{username}"] = password

    def delete_password(self, service: str, username: str) -> None:
        with self._opened() as secrets:
            del secrets[f"{service}/{username}"]

    @contextmanager
    def _opened(self) -> Iterator[dict[str, str]]:
        """All secrets; what the block changes is written. The file is locked meanwhile."""
        with self._path().open("a+", encoding="utf-8") as file:
            with suppress(ImportError):
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            secrets: dict[str, str] = json.loads(text or "{}")
            yield secrets
            changed = json.dumps(secrets)
            if changed != text:
                file.truncate(0)
                file.write(changed)

    @staticmethod
    def _path() -> Path:
        return Path(os.environ["TEST_KEYRING_FILE"])
