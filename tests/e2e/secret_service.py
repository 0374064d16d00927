"""Asks the session's real Secret Service what it holds, from a process inside the session."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.e2e.private_session import Session

_LIST = """
import json, secretstorage
from contextlib import closing
with closing(secretstorage.dbus_init()) as bus:
    items = secretstorage.get_default_collection(bus).search_items({"service": "webex-token-tray"})
    print(json.dumps({i.get_attributes()["username"]: i.get_secret().decode() for i in items}))
"""


def stored_secrets(session: Session) -> dict[str, str]:
    """Return every secret of ours in the keyring, by its name."""
    done = subprocess.run(
        [sys.executable, "-c", _LIST],
        env=session.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found
