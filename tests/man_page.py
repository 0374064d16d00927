"""The man page, from the commands themselves: `python -m tests.man_page | man -l -`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib import metadata

import click

from tests.command_reference import EXIT_CODES, commands, help_text, own_options
from tray_app.cli.main import NAME, program

FILES = {
    "~/.config/webex-token-tray/token-config.json": "The config, unless another one is named.",
    "~/.config/webex-token-tray/.env": "The tokens, unless the config names other files.",
    "~/.config/webex-token-tray/profiles.json": "The list of profiles.",
    "~/.local/share/webex-token-tray/secrets.json": "The secrets, if the config says so; else they "
    "are in the keyring.",
    "~/.local/state/webex-token-tray": "Database, log and locks.",
}
ENVIRONMENT = {
    "WEBEX_TOKEN_CONFIG": "A config, as --config.",
    "WEBEX_API_BASE": "Another Webex API, as --api-base.",
}


def page(epoch: float) -> str:
    """Return the whole page, dated with that time."""
    day = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d")
    context = click.Context(program, info_name=NAME)
    summary, _, _ = help_text(program).partition(":")
    options = [*own_options(program), *own_options(program, common=True)]
    lines = [
        f'.TH {NAME.upper()} 1 "{day}" "{NAME} {metadata.version(NAME)}" "User Commands"',
        ".SH NAME",
        f"{NAME} \\- {_plain(summary[0].lower() + summary[1:])}",
        ".SH SYNOPSIS",
        _usage(program, context),
        ".SH DESCRIPTION",
        *_paragraphs(help_text(program)),
        ".PP",
        "Without a command, it shows the icon.",
        ".SH OPTIONS",
        "Most commands take the options of the program, too, before or after their name.",
        *_options(options, context),
        ".SH COMMANDS",
        *(line for command, way in commands() for line in _command(command, way)),
        ".SH EXIT STATUS",
        *_list(EXIT_CODES.items()),
        ".SH ENVIRONMENT",
        *_list(ENVIRONMENT.items()),
        ".SH FILES",
        *_list(FILES.items()),
    ]
    return "\n".join((*lines, ""))


def _command(command: click.Command, way: tuple[str, ...]) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join((NAME, *way)))
    yield f".SS {_escaped(' '.join(way))}"
    yield _usage(command, context)
    yield from _paragraphs(help_text(command))
    yield from _options(own_options(command), context)


def _usage(command: click.Command, context: click.Context) -> str:
    pieces = " ".join(command.collect_usage_pieces(context))
    return f"\\fB{_escaped(context.info_name or '')}\\fR {_escaped(pieces)}"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield ".PP"
        lines = paragraph.split("\n")
        if lines[0] == "\b":  # what click is told to leave as it is
            yield from (".nf", *map(_escaped, lines[1:]), ".fi")
        else:
            yield _escaped(" ".join(paragraph.split()))


def _options(options: Iterable[click.Option], context: click.Context) -> Iterator[str]:
    return _list(filter(None, (option.get_help_record(context) for option in options)))


def _list(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, says in entries:
        yield from (".TP", f"\\fB{_escaped(name)}\\fR", _escaped(says))


def _escaped(text: str) -> str:
    """As troff shows it, with what is between backquotes in bold."""
    parts = text.split("`")
    return "".join(
        f"\\fB{_plain(part)}\\fR" if n % 2 else _plain(part) for n, part in enumerate(parts)
    )


def _plain(text: str) -> str:
    """A minus that can be copied, and no line that is taken for a request."""
    for character, name in (("\\", "rs"), ("~", "ti"), ("^", "ha"), ("'", "aq")):
        text = text.replace(character, f"\\({name}")
    return "\\&" * text.startswith(".") + text.replace("-", "\\-")


if __name__ == "__main__":
    sys.stdout.write(page(datetime.now(UTC).timestamp()))
