"""Another program that edits `.env`: run as a process of its own, it counts in a line of its own.

`python -m tests.faults.editor FILE ROUNDS STYLE` prints how many of its edits were gone when it
looked again. STYLE: how it writes, `replace` (a new file takes the place of the old one), `rewrite`
(the file is emptied and written, as the scripts that we replace do) or `append`.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

NAME = "COUNT"
TIMEOUT = 2.0
"""Seconds to look again: another writer may be exchanging the file at the very moment."""


def edited(text: str, number: int) -> str:
    """The text with our line at that number, and all other lines as they are."""
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith(f"{NAME}=")]
    return "".join(lines) + f"{NAME}={number}\n"


def replace(path: Path, number: int) -> None:
    """As `sed -i`, python-dotenv and many editors do."""
    new = path.with_name("editor.tmp")
    new.write_text(edited(path.read_text(), number))
    new.replace(path)


def rewrite(path: Path, number: int) -> None:
    """As `open(path, "w")` does: for a moment the file is empty."""
    text = edited(path.read_text(), number)
    with path.open("w") as file:
        time.sleep(0.0002)
        file.write(text)


def append(path: Path, number: int) -> None:
    """As `echo … >> .env` does."""
    with path.open("a") as file:
        time.sleep(0.0002)
        file.write(f"{NAME}={number}\n")


STYLES = {"replace": replace, "rewrite": rewrite, "append": append}


def count(path: Path) -> int:
    """The last number that stands there; -1 for none."""
    lines = path.read_text().splitlines()
    return max((int(li.partition("=")[2]) for li in lines if li.startswith(f"{NAME}=")), default=-1)


def is_gone(path: Path, number: int) -> bool:
    """Whether our last edit is not there, and does not come back."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        if count(path) >= number:
            return False
        time.sleep(0.001)
    return True


def main(path: Path, rounds: int, style: str) -> None:
    lost = 0
    for number in range(rounds):
        STYLES[style](path, number)
        time.sleep(0.0001 * (number % 7))  # not in step with the other writer
        lost += is_gone(path, number)
    print(lost, os.getpid())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
