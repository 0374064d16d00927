"""B9: another program edits `.env` at the very moment that we write to it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from itertools import cycle
from pathlib import Path

import pytest

from tests.env_file import EnvFile
from tests.faults.conftest import Measure
from tests.faults.editor import STYLES
from tests.faults.table import Bar, rounds
from tests.samples import pair
from tray_app.model.credentials import Pair
from tray_app.model.errors import EnvFileError

BAR = Bar("B9", ".env", least=rounds(22, 111))

KEPT = "".join(f"KEPT_{number}='a value'  # by hand\n" for number in range(20))
PAIRS = (pair("ab"), pair("cd"))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges files")


def carried(path: Path) -> Pair | None:
    """The pair that stands there, or none at all."""
    found = EnvFile(path).read()
    return Pair(found.access, found.refresh) if found.access and found.refresh else None


@pytest.mark.parametrize("style", STYLES)
def test_no_edit_of_another_program_is_lost(tmp_path: Path, figure: Measure, style: str) -> None:
    """Both write as often as they can; what it wrote is there when it looks again."""
    path = tmp_path / ".env"
    path.write_text(KEPT)
    edits = rounds(150, 2_000 if style == "append" else 10_000)
    command = [sys.executable, "-m", "tests.faults.editor", str(path), str(edits), style]
    writes = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as editor:
        for new in cycle(PAIRS):
            if editor.poll() is not None:
                break
            with suppress(EnvFileError):  # "another program keeps editing it": next time, then
                EnvFile(path).write(new)
                writes += 1
        said = editor.stdout.read() if editor.stdout else ""
    assert editor.returncode == 0
    lost = int(said.split()[0])
    figure("edits of others lost", lost)
    assert lost == 0
    assert writes, "we came through now and then"
    text = path.read_text()
    assert "".join(li for li in text.splitlines(keepends=True) if li.startswith("KEPT_")) == KEPT
    assert carried(path) in (*PAIRS, None), "a pair is never torn"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pair_is_never_read_torn(tmp_path: Path) -> None:
    """Whoever reads while we write finds both tokens of one renewal."""
    path = tmp_path / ".env"
    path.write_text(KEPT)
    EnvFile(path).write(PAIRS[0])
    script = (
        "import sys, pathlib; from tests.faults.test_b9_env_races import PAIRS, carried\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "print(sum(carried(path) not in PAIRS for _ in range(int(sys.argv[2]))))"
    )
    looks = str(rounds(500, 20_000))
    command = [sys.executable, "-c", script, str(path), looks]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        for new in cycle(PAIRS):
            if reader.poll() is not None:
                break
            EnvFile(path).write(new)
        said = reader.stdout.read() if reader.stdout else ""
    assert int(said) == 0
