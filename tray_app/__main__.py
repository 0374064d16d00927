"""Entry: the memory is closed first, then the commands are loaded."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    from tray_app.adapters.process import close_memory, give_back_libraries

    close_memory()
    give_back_libraries()
    from tray_app.commands.program import run

    return run(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
