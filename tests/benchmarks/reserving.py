"""What it costs to reserve room for an answer before a refresh token is presented."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.sample import Line, Sample
from tests.benchmarks.stage import Stage

PAIRS = 30

_PAIRS = """
import json, os, sys, time
from pathlib import Path
from tray_app.secrets.file_store import SecretFile
from tray_app.secrets.keyring_store import KeyringStore

store = KeyringStore() if sys.argv[1] == "keyring" else SecretFile(Path(sys.argv[2]))
plain, reserved = [], []
for number in range(int(sys.argv[3]) * 2 + 2):
    begun = time.perf_counter()
    if number % 2:
        store.reserve("bench", 2048)
    store.set("bench", os.urandom(300).hex(), prompt=False)
    took = (time.perf_counter() - begun) * 1000
    if number > 1:
        (reserved if number % 2 else plain).append(took)
store.remove("bench", prompt=False)
print(json.dumps([plain, reserved]))
"""


def lines(stage: Stage) -> list[Line]:
    """A save with and without it, in turns: into the file of secrets, and into gnome-keyring."""
    path = Path(stage.profile.folder, "reserving", "secrets.json")
    found = []
    for kind, name in (("file", "the file of secrets"), ("keyring", "gnome-keyring")):
        command = [sys.executable, "-c", _PAIRS, kind, str(path), str(PAIRS)]
        done = subprocess.run(command, env=stage.environ, capture_output=True, check=True)
        plain, reserved = json.loads(done.stdout)
        ours, other = Sample("ours", tuple(reserved)), Sample("without", tuple(plain))
        found.append(Line(f"a pair saved in {name}, with room reserved before", "ms", ours, other))
    return found
