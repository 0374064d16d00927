"""How `setup` prints and asks."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap

import click

from tray_app.cli.output import echo, echo_lines
from tray_app.cli.render import BAD, CAUTION, GOOD, styled

LONGEST_LINE = 1023 if sys.platform == "darwin" else 4095
"""The bytes of a line that a terminal passes on (MAX_INPUT; on Linux N_TTY_BUF_SIZE - 1)."""

MOST_COLUMNS = 100

_PASTE_MARKS = re.compile(r"\x1b\[20[01]~")  # bracketed paste


def heading(text: str, place: str = "") -> None:
    """Begin a step."""
    echo()
    echo(styled(text, bold=True))
    if place:
        note(place)


def note(text: str, indent: str = "  ") -> None:
    """Print a note, indented and wrapped."""
    echo_lines(_filled(text, indent))


def item(number: int, text: str) -> None:
    """Print a numbered line. It is not wrapped, so that ids can be compared."""
    echo(f"    {number:2}  {text}")


def good(text: str) -> None:
    """Print that something was checked and is right."""
    _marked("ok:", GOOD, text)


def open_question(text: str) -> None:
    """Print what could not be checked, or looks odd."""
    _marked("note:", CAUTION, text)


def wrong(text: str) -> None:
    """Print that something is wrong."""
    _marked("wrong:", BAD, text)


def line(*, now: str = "", offered: str = "", hidden: bool = False) -> str:
    """Ask for one line and return it stripped; "" for Enter alone.

    `now`: what Enter keeps; `offered`: what Enter takes.
    """
    enter = "Enter keeps it" if now else "Enter takes it" if offered else ""
    hints = ", ".join(hint for hint in ("hidden" if hidden else "", enter) if hint)
    if now or offered:
        echo(f"    now {now}" if now else f"    suggested: {offered}")
    prompt = f"    ({hints}) >" if hints else "    >"
    while True:
        typed = click.prompt(
            prompt, default="", show_default=False, prompt_suffix=" ", hide_input=hidden
        )
        if len(typed.encode("utf-8", "surrogateescape")) < LONGEST_LINE:
            return _PASTE_MARKS.sub("", typed).strip()
        wrong("longer than a terminal can pass on; write it into the config instead")


def yes(question: str, *, default: bool = True) -> bool:
    """Ask for a yes or no."""
    return click.confirm(f"    {question}", default=default)


def choice(options: list[str], default: int) -> int:
    """Ask for one of the options by its number; return its index."""
    for number, option in enumerate(options, 1):
        note(f"{number}  {option}", "    ")
    return _number("Which one", default + 1, range(1, len(options) + 1)) - 1


def number(question: str, most: int) -> int:
    """Ask for a number from 0, which Enter takes, to `most`."""
    return _number(question, 0, range(most + 1))


def _number(question: str, default: int, numbers: range) -> int:
    while True:
        typed = str(click.prompt(f"    {question}", default=str(default))).strip()
        if typed.isdecimal() and len(typed) < 9 and int(typed) in numbers:
            return int(typed)
        wrong(f"type a number from {numbers[0]} to {numbers[-1]}.")


def _marked(mark: str, colour: str, text: str) -> None:
    # Coloured after it was filled: escapes would count as characters.
    echo_lines(_filled(f"{mark} {text}", "    ").replace(mark, styled(mark, colour), 1))


def _filled(text: str, indent: str) -> str:
    """The text, wrapped; ids and paths stay whole, so that they can be copied."""
    return textwrap.fill(
        text,
        width=min(shutil.get_terminal_size().columns - 1, MOST_COLUMNS),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
