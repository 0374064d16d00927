"""Write docs/commands.md from the commands themselves: `python -m tests.command_reference`."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from tray_app.cli.main import NAME, program

PATH = Path(__file__).parents[1] / "docs/commands.md"

BAR = r"\|"
"""A bar that does not end the cell of a table."""

EXIT_CODES = {
    "0, 1, 2": "green, amber, red; `doctor`: ok, warning, fault. Commands that report no health: 0",
    "3": "the tray or `watch` already runs for this config or its `.env`",
    "64": "wrong usage",
    "70": "the program failed, cannot reach what it needs, or cannot write its output",
    "78": "the config cannot be read, is not valid or is not approved",
    "125": "`run`: the token is dead",
    "126, 127": "`run`: the command cannot be run; there is no such command",
    "130": "interrupted by Ctrl-C, or you declined a question",
    "129, 143": "in a shell: ended by SIGHUP or SIGTERM",
    "141": "the program that reads the output has ended",
}

_COMMON = ("config", "profile", "api_base", "debug")
"""Options that every command takes; they are listed once."""

_HEAD = """\
# Commands

<!-- Written by `python -m tests.command_reference`; do not edit. -->

This page lists every command with its options. `webex-token-tray COMMAND --help` shows the same.

## Options of every command

These go before or after the command, unless the command takes none of them: {without}.

{common}
The environment variable `WEBEX_TOKEN_CONFIG` names a config, too, and `WEBEX_API_BASE` another API;
an option wins over its variable. `--backend` also goes before the command.

## Exit codes

{codes}
If `refresh`, `authorize` or `data-sources extend` bring no new token, the exit code is 1 at least,
even if the old token still works. [server.md](server.md#signals) says what signals do.
"""


def page() -> str:
    """Return the whole page."""
    context = click.Context(program, info_name=NAME)
    common = _options(own_options(program, common=True), context)
    codes = _table("code", EXIT_CODES.items())
    without = [way for command, way in commands() if _takes_nothing_common(command)]
    names = ", ".join(f"`{' '.join(way)}`" for way in without)
    parts = [_HEAD.format(common=common, without=names, codes=codes)]
    parts += [_section(command, way) for command, way in commands()]
    return "\n".join(parts)


def commands() -> Iterator[tuple[click.Command, tuple[str, ...]]]:
    """Yield each command and the words that call it, in the order of the help."""
    yield from _below(program, ())


def _below(
    group: click.Group, way: tuple[str, ...]
) -> Iterator[tuple[click.Command, tuple[str, ...]]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        yield command, (*way, name)
        if isinstance(command, click.Group):
            yield from _below(command, (*way, name))


def _section(command: click.Command, way: tuple[str, ...]) -> str:
    context = click.Context(command, info_name=" ".join((NAME, *way)))
    usage = " ".join((context.info_name or "", *command.collect_usage_pieces(context)))
    parts = [f"{'#' * (len(way) + 1)} {' '.join(way)}\n", f"```\n{usage}\n```\n"]
    parts += [_paragraph(text) for text in help_text(command).split("\n\n")]
    if options := _options(own_options(command), context):
        parts.append(options)
    return "\n".join(parts)


def help_text(command: click.Command) -> str:
    """Return its help, with empty lines between the paragraphs."""
    return inspect.cleandoc(command.help or "")


def _paragraph(text: str) -> str:
    """As a paragraph on one line; what click is told to leave as it is, as a block."""
    if text.startswith("\b\n"):
        return f"```\n{text[2:]}\n```\n"
    return " ".join(text.split()).replace("<", "\\<") + "\n"


def own_options(command: click.Command, *, common: bool = False) -> list[click.Option]:
    """Return the command's options: its own, or those that every command takes."""
    found = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    return [each for each in found if (each.name in _COMMON) is common]


def _takes_nothing_common(command: click.Command) -> bool:
    return not isinstance(command, click.Group) and not own_options(command, common=True)


def _options(options: list[click.Option], context: click.Context) -> str:
    rows = filter(None, (option.get_help_record(context) for option in options))
    return _table("option", [(f"`{names.replace('|', BAR)}`", says) for names, says in rows])


def _table(first: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {name} | {says} |" for name, says in rows]
    return "\n".join((f"| {first} | meaning |", "|---|---|", *lines, "")) if lines else ""


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
