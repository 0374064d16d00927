"""B15: a process that has few file descriptors, or uses them up while Webex answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.conftest import Measure
from tests.faults.signal_rig import ONE, Stage, stage
from tests.faults.table import Bar, rounds

resource = pytest.importorskip("resource", reason="limits are those of POSIX")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are those of Linux")

BAR = Bar("B15", "store", least=rounds(16, 69))

USED_UP = """
import os, resource, sys, threading
from tray_app import TokenManager
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
def use_up():
    sys.stdin.readline()
    held = []
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        print("used up", flush=True)
    sys.stdin.readline()
manager = TokenManager()
threading.Thread(target=use_up, daemon=True).start()
manager.refresh_token()
print("renewed", flush=True)
sys.stdin.readline()
"""


def write_file_store(made: Stage) -> None:
    """Let the secrets be in a file, which takes more descriptors than a keyring."""
    made.profile.pasted = None
    made.profile.write_config(lambda config: config.update(tray={"secretStore": "file"}))


@pytest.mark.parametrize("limit", range(11, 26) if rounds(0, 1) else (14, 25))
def test_with_few_descriptors_nothing_is_spent_that_cannot_be_saved(
    limit: int, tmp_path: Path, figure: Measure
) -> None:
    with stage(tmp_path) as made:
        write_file_store(made)

        def refresh(*before: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [*before, *made.command("refresh")],
                env=made.environ,
                cwd=made.profile.folder,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )

        assert refresh().returncode == 0
        few = refresh("prlimit", f"--nofile={limit}:{limit}")
        spent = made.presented()[1:]
        assert few.returncode == 0 or not spent, few.stdout
        assert few.returncode == 0 or limit < 20, few.stdout
        assert few.returncode == 0 or "Too many open files" in few.stdout
        assert refresh().returncode == 0
        figure("tokens used twice", made.webex.reuses)
        assert made.webex.reuses == 0


@pytest.mark.parametrize("store", ["keyring", "file"])
def test_what_was_presented_is_saved_though_the_descriptors_are_used_up_since(
    store: str, tmp_path: Path, figure: Measure
) -> None:
    with stage(tmp_path) as made:
        if store == "file":
            write_file_store(made)
        ONE.prepare(made)
        made.acquire(ONE.kind)
        with subprocess.Popen(
            [sys.executable, "-W", "error", "-c", USED_UP],
            env=made.environ,
            cwd=made.profile.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                made.is_asked(ONE.kind)
                process.stdin.write("\n")
                process.stdin.flush()
                assert process.stdout.readline() == "used up\n"
                made.release.set()
                assert process.stdout.readline() == "renewed\n"
            finally:
                process.kill()  # whatever it would have saved at its end
        after = subprocess.run(
            made.command("refresh"),
            env=made.environ,
            cwd=made.profile.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        figure("tokens used twice", made.webex.reuses)
        assert (after.returncode, made.webex.reuses) == (0, 0), after.stdout
