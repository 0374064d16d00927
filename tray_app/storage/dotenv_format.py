"""Tokens as variables in the format of `.env`.

python-dotenv's parser finds the two values, and every other byte stays. Its `set_key` loses
`export`, line ends and more
(docs/architecture.md, "Limits of platforms and libraries").
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dotenv.parser import Binding, Reader, parse_stream, parse_value

from tray_app.storage.format import BOM, CannotPlace, Contents, Format

# What comes before the value in a binding that python-dotenv has accepted.
_HEAD = re.compile(
    r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)(?P<equals>[^\S\r\n]*=[^\S\r\n]*)?"
)


@dataclass(frozen=True, slots=True)
class DotenvFormat(Format):
    """`access`, `refresh`: the variables; "" if the refresh token has none."""

    access: str
    refresh: str

    def tokens(self, text: str) -> tuple[str | None, str | None]:
        """Return the values of both variables."""
        values = _values(text)
        return values.get(self.access), values.get(self.refresh)

    def place(self, text: str, contents: Contents) -> str:
        """Return the text with the values set wherever their variables are, or appended. Raises
        CannotPlace."""
        wanted = {self.access: contents.pair.access.reveal()}
        if self.refresh and contents.pair.refresh is not None:
            wanted[self.refresh] = contents.pair.refresh.reveal()
        placed = _with_values(text, wanted)
        if _values(placed) != _values(text) | wanted:
            raise CannotPlace("the tokens cannot be placed safely; look for a quote left open")
        return placed

    def has_names(self, text: str) -> bool:
        """Whether it sets one of the variables."""
        return not {self.access, self.refresh}.isdisjoint(_values(text))

    def is_format(self, text: str) -> bool:
        """Whether each line is empty, a comment, or sets a variable."""
        return not any(b.error or (b.key and b.value is None) for b in _bindings(text))


def _bindings(text: str) -> list[Binding]:
    return list(parse_stream(io.StringIO(text.removeprefix(BOM), newline="")))


def _values(text: str) -> dict[str, str | None]:
    return {b.key: b.value for b in _bindings(text) if b.key is not None}


def _with_values(text: str, wanted: Mapping[str, str]) -> str:
    bindings, pieces, placed = _bindings(text), [], set()
    for binding in bindings:
        original = binding.original.string
        if binding.key is not None and binding.key in wanted:
            original = _with_value(original, wanted[binding.key])
            placed.add(binding.key)
        pieces.append(original)
    # The parser omits a byte order mark, and nothing else.
    lead = text[: len(text) - sum(len(binding.original.string) for binding in bindings)]
    body = "".join(pieces)
    newline = "\r\n" if "\r\n" in text else "\n"
    missing = [f"{key}={value}{newline}" for key, value in wanted.items() if key not in placed]
    if missing and body and not body.endswith(("\n", "\r")):
        body += newline
    return lead + body + "".join(missing)


def _with_value(line: str, value: str) -> str:
    head = _HEAD.match(line)
    if head is None:  # `place` refuses the result
        return line
    if head["equals"] is None:
        return f"{line[: head.end()]}={value}{line[head.end() :]}"
    if line.startswith("#", head.end()) and line[head.end() - 1].isspace():
        start = line.index("=", head.start("equals")) + 1  # an empty value before a comment
        return line[:start] + value + line[start:]
    return line[: head.end()] + value + line[_end_of_value(line, head.end()) :]


def _end_of_value(line: str, start: int) -> int:
    """Where python-dotenv says that the value ends."""
    reader = Reader(io.StringIO(line, newline=""))
    reader.position.advance(line[:start])
    value = parse_value(reader)
    if line.startswith(("'", '"'), start):
        return reader.position.chars
    return start + len(value)  # the parser has read on, over spaces and a comment
