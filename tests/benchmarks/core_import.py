"""The pure packages (model, policy, text): what it brings along, and what it costs."""

from __future__ import annotations

import subprocess
import sys

from tests.benchmarks.sample import Line, Sample, absolute
from tests.benchmarks.stage import Stage

COUNT = """
import sys
before = set(sys.modules)
import pkgutil, importlib
for package in map(importlib.import_module, ("tray_app.model", "tray_app.policy", "tray_app.text")):
    for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(found.name)
names = {name.partition(".")[0] for name in set(sys.modules) - before}
print(len(names - set(sys.stdlib_module_names) - {"tray_app"}))
"""


def lines(stage: Stage) -> list[Line]:
    """No third-party module, for all of its modules together."""
    done = subprocess.run(
        [sys.executable, "-c", COUNT], env=stage.environ, capture_output=True, check=True
    )
    third_party = float(done.stdout)
    all_of_core, nothing = [], []
    for _ in range(stage.runs):
        all_of_core.append(stage.seconds([sys.executable, "-c", COUNT]) * 1000)
        nothing.append(stage.seconds([sys.executable, "-c", "pass"]) * 1000)
    core, floor = Sample("ours", tuple(all_of_core)), Sample("python -c pass", tuple(nothing))
    return [
        absolute("third-party modules of model, policy, text", "", [third_party], 0.0, "the aim"),
        Line("import all of model, policy, text", "ms", core, floor),
    ]
