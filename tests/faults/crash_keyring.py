"""A keyring in a file that a kill cannot tear, and that many processes may use at once."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keyring.backend import KeyringBackend

NAME = f"{__name__}.FileKeyring"
FILE = "TEST_KEYRING_FILE"

_replace = os.replace  # as it was before the crash points came: a daemon is another process


class FileKeyring(KeyringBackend):
    """What a keyring daemon does: each call is done whole or not at all, one after the other."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return self.all_secrets(Path(os.environ[FILE])).get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        with _changing() as secrets:
            secrets[username] = password

    def delete_password(self, service: str, username: str) -> None:
        with _changing() as secrets:
            del secrets[username]

    @staticmethod
    def all_secrets(path: Path) -> dict[str, str]:
        """Everything in the file, by name."""
        try:
            secrets: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return secrets


@contextmanager
def _changing() -> Iterator[dict[str, str]]:
    path = Path(os.environ[FILE])
    with path.with_suffix(".lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        secrets = FileKeyring.all_secrets(path)
        yield secrets
        new = path.with_suffix(".new")
        new.write_text(json.dumps(secrets), encoding="utf-8")
        _replace(new, path)
