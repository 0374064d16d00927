"""A `watch` in a network namespace whose link goes down and up: `unshare --net python -m …`.

Prints, as JSON, how many seconds after the link's return Webex was asked, and `.env` worked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from tests.e2e.program import ROOT, Program
from tests.profile import Profile, full_profile
from tray_app.sandbox.server import Sandbox


def command(profile: Profile, webex: Sandbox) -> list[str]:
    """The program as a person starts it."""
    config = ["--config", str(profile.config_path), "--api-base", webex.api_base]
    return [sys.executable, "-W", "error", "-m", "tray_app", "watch", *config]


def profile_at(folder: Path, webex: Sandbox) -> Profile:
    """A profile with every renewal method, which needs no keyring and is checked often."""
    profile = full_profile(folder, webex)
    profile.secret_store = "file"
    profile.write_config(lambda config: config["tray"].update(pollSeconds=60))
    return profile


def environ(folder: Path) -> dict[str, str]:
    """What the program sees; no keyring."""
    (folder / "home").mkdir()
    kept = ("PATH", "LANG", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "HOME": str(folder / "home"),
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def link(state: str) -> None:
    """Set the only link up or down."""
    subprocess.run(["ip", "link", "set", "lo", state], check=True)


def main(folder: Path, seconds: float) -> dict[str, float]:
    """The token dies while the link is down, so that the program has something to do."""
    link("up")
    with Sandbox() as webex:
        profile = profile_at(folder, webex)
        with Program(command(profile, webex), environ(folder)) as watch:
            watch.expect("green: ")
            link("down")
            webex.revoke_service_access()
            time.sleep(seconds)
            link("up")
            back = webex.clock()
            asked = webex.wait_for_request(lambda seen: seen.at > back, timedelta(minutes=10))
            watch.expect("green: ", timeout=600)
            moments = {"check": asked.at, "green": webex.clock()}
    return {name: (at - back).total_seconds() for name, at in moments.items()}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), float(sys.argv[2]))))
