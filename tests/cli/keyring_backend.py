"""A keyring for the commands under test, by keyring's own seam: PYTHON_KEYRING_BACKEND."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FolderKeyring(KeyringBackend):
    """Keeps secrets in a file that outlives the command, in the folder that the test names."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        secrets = self._all() | {f"{service}/{username}": password}
        self._path().write_text(json.dumps(secrets), encoding="utf-8")

    def delete_password(self, service: str, username: str) -> None:
        secrets = self._all()
        del secrets[f"{service}/{username}"]
        self._path().write_text(json.dumps(secrets), encoding="utf-8")

    def _all(self) -> dict[str, str]:
        path = self._path()
        if not path.exists():
            return {}
        secrets: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return secrets

    @staticmethod
    def _path() -> Path:
        return Path(os.environ["TEST_KEYRING_FILE"])
