"""The fault rig: what the world can do to this program, one table a bar.

Each bar is a promise with a number (`Bar` in `table.py`); each case is an ordinary test, named by
its id, and a file belongs to the bar that its `BAR` names. `make test` runs all of it in a short
form, `make faults` in a long one and prints a line a bar: bar, cases, passed, figure.

To add a bar: a file `test_b<number>_<what>.py` with `BAR = Bar(…)` at its top. What is measured
goes to the `figure` fixture, how often something is repeated comes from `table.rounds`.

Our package first: it decides what `import pystray` loads.
"""

import pytest

import tray_app.desktop  # noqa: F401

pytest.register_assert_rewrite("tests.faults.outcomes")
