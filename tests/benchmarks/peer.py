"""The peer: emailproxy, another OAuth program with a pystray icon, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

VERSION = "2026.7.3"
SYSTEM_PYTHON = "/usr/bin/python3"
CONFIG = """[IMAP-11993]
server_address = 127.0.0.1
server_port = 993
local_address = 127.0.0.1

[someone@example.org]
permission_url = https://127.0.0.1/authorize
token_url = https://127.0.0.1/token
oauth2_scope = mail
redirect_uri = http://localhost
client_id = an-id
client_secret = a-secret
"""


@dataclass(frozen=True)
class Peer:
    """Where it is installed; None where it is not to be had."""

    script: Path | None
    has_gui: bool

    def command(self, folder: Path, *, gui: bool) -> list[str]:
        """The program with one server and one account, and its files in that folder."""
        config = folder / "emailproxy.config"
        config.write_text(CONFIG)
        files = ["--config-file", str(config), "--log-file", str(folder / "emailproxy.log")]
        return [str(self.script), *files, *([] if gui else ["--no-gui"])]


def installed(folder: Path) -> Peer:
    """The peer in that folder, installed there first where it is not yet.

    Its Linux icon needs GTK's Python bindings, which pip cannot install: Debian's python3-gi and
    gir1.2-ayatanaappindicator3-0.1, seen from the system's own Python.
    """
    script = folder / "bin/emailproxy"
    has_gui = _has_bindings()
    if not script.exists():
        python = SYSTEM_PYTHON if has_gui else sys.executable
        options = ["--system-site-packages"] if has_gui else []
        wanted = f"emailproxy{'[gui]' if has_gui else ''}=={VERSION}"
        pip = [str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
        try:
            subprocess.run([python, "-m", "venv", *options, str(folder)], check=True)
            subprocess.run([*pip, wanted], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"the peer is left out: {error}", file=sys.stderr)
            return Peer(None, has_gui=False)
    return Peer(script, has_gui)


def _has_bindings() -> bool:
    asks = (
        "import gi; gi.require_version('Gtk', '3.0');"
        "gi.require_version('AyatanaAppIndicator3', '0.1')"
    )
    try:
        done = subprocess.run([SYSTEM_PYTHON, "-c", asks], check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0
