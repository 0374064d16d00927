"""A keyring for the commands under test, by keyring's own seam: PYTHON_KEYRING_BACKEND."""

from __future__ import annotations

import json
import os
from pathlib import Path

from filelock import FileLock
from keyring.backend import KeyringBackend


class FolderKeyring(KeyringBackend):
    """Keeps secrets in a file that outlives the command, in the folder that the test names. As a
    real one, it may be used by several processes at once, and killed in the middle of a write."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        with self._locked():
            return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        with self._locked():
            self._write(self._all() | {f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        with self._locked():
            secrets = self._all()
            del secrets[f"{service}/{username}"]
            self._write(secrets)

    def _all(self) -> dict[str, str]:
        path = self._path()
        if not path.exists():
            return {}
        secrets: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return secrets

    def _write(self, secrets: dict[str, str]) -> None:
        path = self._path()
        new = path.with_name(f"{path.name}.new")
        new.write_text(json.dumps(secrets), encoding="utf-8")
        new.replace(path)

    def _locked(self) -> FileLock:
        return FileLock(f"{self._path()}.lock")

    @staticmethod
    def _path() -> Path:
        return Path(os.environ["TEST_KEYRING_FILE"])
