"""`.env`: what other programs read.

Read with python-dotenv's parser, which keeps each binding's original text; written so that every
byte but the two values stays (its own `set_key` loses `export`, line ends and more, users.md §3).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Binding, Reader, parse_stream, parse_value

from tray_app.adapters import files
from tray_app.adapters.signature import Signature, signature
from tray_app.core.credentials import Pair
from tray_app.core.errors import EnvFileError
from tray_app.core.secret import Secret

ACCESS = "WEBEX_SERVICE_APP_ACCESS_TOKEN"
REFRESH = "WEBEX_SERVICE_APP_REFRESH_TOKEN"

_BOM = "\ufeff"
_TRIES = 5

# What stands before the value in a binding that python-dotenv has accepted.
_HEAD = re.compile(
    r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)(?P<equals>[^\S\r\n]*=[^\S\r\n]*)?"
)


@dataclass(frozen=True, slots=True)
class EnvTokens:
    """What `.env` carries now; None for a variable that is absent, empty or no token by its form
    (RFC 6750): no such value could ever be sent, so it is as good as none."""

    access: Secret | None
    refresh: Secret | None


class EnvFile:
    """One `.env`, by its path. Symbolic links are followed to the file they name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: Signature = ()
        """That of the file as it was last read or written."""

    def is_edited(self) -> bool:
        """Whether the file is another than at the last `read` or `write`."""
        return signature(self.path) != self.seen

    def read(self) -> EnvTokens:
        """Return both tokens; a missing file carries none. Raises EnvFileError."""
        self.seen = signature(self.path)
        values = _values(_text(self._raw()))
        return EnvTokens(_token(values.get(ACCESS)), _token(values.get(REFRESH)))

    def write(self, pair: Pair) -> None:
        """Put both tokens into the file in one atomic replace.

        Refuses what is no RFC 6750 bearer token: it could break the line or be expanded by a
        reader. Raises EnvFileError; the file is then as it was.
        """
        wanted = {ACCESS: pair.access}
        if pair.refresh is not None:
            wanted[REFRESH] = pair.refresh
        for key, token in wanted.items():
            if not token.is_bearer:
                raise EnvFileError(
                    f"{self.path}: {key} is not written: not a bearer token (RFC 6750)"
                )
        for _ in range(_TRIES):
            if self._written(wanted):
                self.seen = signature(self.path)
                return
        raise EnvFileError(f"{self.path} cannot be written: somebody else keeps editing it")

    def _written(self, wanted: Mapping[str, Secret]) -> bool:
        """Write once; False where somebody else has edited the file in between."""
        raw = self._raw()
        text = _with_values(_text(raw), wanted)
        if not _is_placed(wanted, _text(raw), text):
            raise EnvFileError(
                f"{self.path}: the tokens cannot be placed safely; look for a quote left open"
            )
        new = text.encode("utf-8", "surrogateescape")
        if new == raw:
            return True
        try:
            files.replace(self.path, new, was=raw)
        except files.Edited:
            return False
        except OSError as error:
            raise EnvFileError(f"{self.path} cannot be written: {files.sentence(error)}") from error
        return True

    def _raw(self) -> bytes | None:
        try:
            return files.read_small(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise EnvFileError(f"{self.path} cannot be read: {files.sentence(error)}") from error


def _text(raw: bytes | None) -> str:
    """The text of the file; undecodable bytes survive as surrogates."""
    return (raw or b"").decode("utf-8", "surrogateescape")


def _token(value: str | None) -> Secret | None:
    found = Secret(value or "")
    return found if found.is_bearer else None


def _bindings(text: str) -> list[Binding]:
    return list(parse_stream(io.StringIO(text.removeprefix(_BOM), newline="")))


def _values(text: str) -> dict[str, str | None]:
    return {b.key: b.value for b in _bindings(text) if b.key is not None}


def _is_placed(wanted: Mapping[str, Secret], old: str, new: str) -> bool:
    """Whether a reader of the new text finds what is wanted, and all the rest as before."""
    expected = _values(old) | {key: token.reveal() for key, token in wanted.items()}
    return _values(new) == expected


def _with_values(text: str, wanted: Mapping[str, Secret]) -> str:
    """Return the text with the values set wherever their keys stand, else appended."""
    bindings, pieces, placed = _bindings(text), [], set()
    for binding in bindings:
        original = binding.original.string
        if binding.key is not None and binding.key in wanted:
            original = _with_value(original, wanted[binding.key].reveal())
            placed.add(binding.key)
        pieces.append(original)
    # The parser leaves a byte order mark out, and nothing else.
    lead = text[: len(text) - sum(len(binding.original.string) for binding in bindings)]
    body = "".join(pieces)
    newline = "\r\n" if "\r\n" in text else "\n"
    missing = [f"{k}={t.reveal()}{newline}" for k, t in wanted.items() if k not in placed]
    if missing and body and not body.endswith(("\n", "\r")):
        body += newline
    return lead + body + "".join(missing)


def _with_value(line: str, value: str) -> str:
    head = _HEAD.match(line)
    if head is None:  # `_is_placed` refuses the result
        return line
    if head["equals"] is None:
        return f"{line[: head.end()]}={value}{line[head.end() :]}"
    if line.startswith("#", head.end()) and line[head.end() - 1].isspace():
        start = line.index("=", head.start("equals")) + 1  # an empty value before a comment
        return line[:start] + value + line[start:]
    return line[: head.end()] + value + line[_end_of_value(line, head.end()) :]


def _end_of_value(line: str, start: int) -> int:
    """Where the value that starts there ends, by python-dotenv's own judgement."""
    reader = Reader(io.StringIO(line, newline=""))
    reader.position.advance(line[:start])
    value = parse_value(reader)
    if line.startswith(("'", '"'), start):
        return reader.position.chars
    return start + len(value)  # the parser has read on to the end of the line: comment, spaces
