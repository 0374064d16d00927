"""For programs under test: every logger says all it has, whatever the program sets.

Run as `python -m tests.faults.leak_everything_logged ARGUMENTS`, in the place of `-m tray_app`.
"""

import logging
import sys


def _say_all() -> None:
    logging.root.setLevel(logging.DEBUG)
    logging.Logger.setLevel = lambda *_: None  # type: ignore[method-assign]


if __name__ == "__main__":
    _say_all()
    from tray_app.__main__ import main

    sys.exit(main())
