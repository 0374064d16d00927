"""B16: one profile feeds four outputs of four formats, through renewals and kills, and each is read
back by what its readers use: python-dotenv, Node, jq and a shell."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import dotenv
import pytest

from tests.faults.conftest import Measure
from tests.faults.crash_rig import KILLED, Bench, Scenario, bench_of, nothing_dies, runner
from tests.faults.table import Bar, rounds
from tests.profile import COMMENT, OTHER
from tray_app.model.signs import Colour
from tray_app.sandbox.server import Sandbox

BAR = Bar("B16", "outputs", least=rounds(2, 1000))

DOCUMENT = '{"name": "bot", "n": 1.50, "webex": {"token": "%s", "other": [1,2]}}\r\n'
TEMPLATE = "# until {{expires_at}}\nexport WEBEX_ACCESS_TOKEN='{{access_token}}'\n"
OUTPUTS = [
    {"file": ".env"},
    {"file": "app.json", "format": "json", "access": "/webex/token"},
    {"file": "token", "format": "plain"},
    {"file": "app.sh", "format": "template", "template": "app.sh.in"},
]
NAME = "WEBEX_SERVICE_APP_ACCESS_TOKEN"
_LATER = 1.1
"""Some kills come too late: an end without a kill is a case as well."""
PATH = "/usr/local/bin:/usr/bin:/bin"
NODE = f"process.stdout.write(process.env.{NAME} || '')"


def said(*command: str) -> str:
    """What a reader prints."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={"PATH": PATH},
    ).stdout


def read_back(folder: Path) -> dict[str, str | None]:
    """The access token as each reader finds it."""
    found = {"python-dotenv": dotenv.dotenv_values(folder / ".env").get(NAME)}
    script = '. "$0/app.sh"; printf %s "$WEBEX_ACCESS_TOKEN"'
    found["a shell"] = said("sh", "-c", script, str(folder))
    found["a shell's $(cat)"] = said("sh", "-c", 'printf %s "$(cat "$0")"', str(folder / "token"))
    if shutil.which("jq", path=PATH):
        found["jq"] = said("jq", "-j", ".webex.token", str(folder / "app.json"))
    if (node := shutil.which("node", path=PATH)) is not None:
        found["node"] = said(node, f"--env-file={folder / '.env'}", "-e", NODE)
    return found


def torn(folder: Path) -> list[str]:
    """The outputs that are no whole version."""
    texts = {output["file"]: (folder / output["file"]).read_bytes().decode() for output in OUTPUTS}
    token = r"[A-Za-z0-9_-]{40,}"
    lines = rf"{NAME}={token}\nWEBEX_SERVICE_APP_REFRESH_TOKEN={token}\n"
    whole = {
        ".env": re.escape(COMMENT) + lines + re.escape(OTHER),
        "app.json": re.escape(DOCUMENT).replace("%s", token),
        "token": token + r"\n",
        "app.sh": rf"# until [0-9TZ:-]*\nexport WEBEX_ACCESS_TOKEN='{token}'\n",
    }
    return [name for name, text in texts.items() if not re.fullmatch(whole[name], text)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, float]]:
    """A profile with four outputs, and how long a renewal takes (seconds)."""
    folder = tmp_path_factory.mktemp("outputs")
    with Sandbox() as webex, runner() as run:
        bench = bench_of(folder, webex, run, Scenario("outputs", nothing_dies))
        config = json.loads(bench.profile.config_path.read_bytes())
        config["tray"]["outputs"] = OUTPUTS
        bench.profile.config_path.write_text(json.dumps(config))
        (folder / "app.json").write_bytes((DOCUMENT % "").encode())
        (folder / "token").write_bytes(f"{'x' * 40}\n".encode())
        (folder / "app.sh.in").write_text(TEMPLATE)
        assert bench.restart() == Colour.GREEN
        began = time.monotonic()
        assert bench.crash("refresh").status == 0
        yield bench, time.monotonic() - began


_killed = 0


@pytest.mark.parametrize("seed", range(rounds(2, 1000)))
def test_all_outputs_are_whole_after_a_kill_and_the_same_after_a_restart(
    bench: tuple[Bench, float], figure: Measure, seed: int
) -> None:
    """The seed chooses the moment."""
    global _killed  # noqa: PLW0603 - the table shows the sum
    target, takes = bench
    folder = target.folder
    delay = random.Random(seed).uniform(0.0, takes * _LATER)
    crash = target.crash("refresh", delay=delay)
    _killed += crash.status == KILLED
    figure("killed", _killed)
    assert crash.status in (0, KILLED)
    assert torn(folder) == []
    assert target.restart() == Colour.GREEN
    assert torn(folder) == []
    assert set(read_back(folder).values()) == {target.profile.env_access()}
    assert target.holds_what_env_has()
    assert not list(folder.glob(".webex-token-tray*"))
