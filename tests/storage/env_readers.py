"""How widely used readers of `.env` read one key, each by its own rules.

Each returns the value, or None if it finds none. Nothing is executed: the shell's rules are
followed as far as a line with a token needs them.
"""

from __future__ import annotations

import io
import itertools
import re
import shlex
from collections.abc import Callable

from dotenv.parser import parse_stream

_BOM = "\ufeff"
_BLANK = " \t"
_NODE = re.compile(
    r"^\s*(?:export\s+)?(?P<key>[\w.-]+)(?:\s*=\s*?|:\s+?)"
    r"(?P<value>\s*'(?:\\'|[^'])*'|\s*\"(?:\\\"|[^\"])*\"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?"
    r"\s*(?:#.*)?$",
    re.MULTILINE,
)


def dotenv(text: str, key: str) -> str | None:
    """python-dotenv, and most of its kind: the last one wins."""
    stream = io.StringIO(text.removeprefix(_BOM), newline="")
    values = [binding.value for binding in parse_stream(stream) if binding.key == key]
    return values[-1] if values else None


def node(text: str, key: str) -> str | None:
    """Node's dotenv."""
    found = None
    # To JavaScript a byte order mark is a space.
    for match in _NODE.finditer(re.sub(r"\r\n?", "\n", text.removeprefix(_BOM))):
        if match["key"] == key:
            value = (match["value"] or "").strip()
            found = (
                value[1:-1] if value[:1] in {"'", '"', "`"} and value[-1:] == value[:1] else value
            )
    return found


def split(text: str, key: str) -> str | None:
    """Scripts that split each line at its first "="."""
    found = None
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip() == key:
            found = value.strip()
    return found


def first(text: str, key: str) -> str | None:
    """Scripts that take the first line that begins with it, as `grep -m1 ^KEY=` does."""
    lines = (line for line in text.splitlines() if line.startswith(f"{key}="))
    line = next(lines, None)
    return None if line is None else line.partition("=")[2].strip()


def shell(text: str, key: str) -> str | None:
    """`set -a; . ./.env`: what bash and sh make of it."""
    found = None
    for line in text.split("\n"):
        bare = re.sub(r"^[ \t]*(?:export[ \t]+)?", "", line)
        if bare.startswith(f"{key}="):
            exported = line.lstrip(_BLANK) != bare
            word = _assigned(bare[len(key) + 1 :], exported=exported)
            found = found if word is None else word
    return found


def docker(text: str, key: str) -> str | None:
    """`docker run --env-file`: nothing is unquoted, and one bad name refuses the whole file."""
    found = None
    for line in _lines(text.removeprefix(_BOM)):
        name, equals, value = line.lstrip(_BLANK).partition("=")
        if name.startswith("#") or not (name or equals):
            continue
        if not name or re.search(r"[ \t]", name):
            return None
        if equals and name == key:
            found = value
    return found


def systemd(text: str, key: str) -> str | None:
    """`EnvironmentFile=`, systemd.exec(5): spaces around are left off, quotes are undone."""
    found = None
    for line in re.split(r"[\r\n]", text):
        name, equals, value = line.strip(_BLANK).partition("=")
        if not equals or name[:1] in {"#", ";"} or name.strip(_BLANK) != key:
            continue
        value = value.strip(_BLANK)
        quoted = value[:1] in {"'", '"'} and value[-1:] == value[:1] and len(value) > 1
        found = value[1:-1] if quoted else value
    return found


READERS: dict[str, Callable[[str, str], str | None]] = {
    "python-dotenv": dotenv,
    "node's dotenv": node,
    'scripts that split at "="': split,
    "scripts that take its first line": first,
    "the shell": shell,
    "docker --env-file": docker,
    "systemd": systemd,
}


def _assigned(rest: str, *, exported: bool) -> str | None:
    """The value that a shell assigns: up to the first blank outside of quotes. None where a command
    follows, for which alone it would be."""
    lexer = shlex.shlex(rest, posix=True, punctuation_chars=";&|")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = _BLANK, True, ""
    try:
        words = list(lexer)
    except ValueError:  # a quote that is not closed
        return None
    value = words.pop(0) if words and rest[0] not in _BLANK else ""
    behind = itertools.takewhile(lambda word: word[0] not in "#;&|", words)
    follows = any(not re.match(r"\w+=", word) for word in behind)
    return None if follows and not exported else value


def _lines(text: str) -> list[str]:
    """As Go's bufio.ScanLines has them: a CR before the LF is dropped."""
    return [line.removesuffix("\r") for line in text.split("\n")]
