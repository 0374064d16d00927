"""Sets values in a JSON text; every other character stays. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

_SPACE = re.compile(r"[ \t\r\n]*")
BOM = "\ufeff"


def set_value(text: str, keys: Sequence[str], value: str) -> str:
    """Return the valid JSON text with this value, itself JSON, at the place that the keys lead to.

    A value that exists is replaced; a new one goes last in its object, indented like the rest, in
    new objects if need be, also in place of null. The caller has seen that nothing else is in the
    way: on the way are only objects, null, and lists that have the item.
    """
    return _set_at(text, _after_space(text, len(BOM) if text.startswith(BOM) else 0), keys, value)


def _set_at(text: str, start: int, keys: Sequence[str], value: str) -> str:
    """The same from the object or list on that starts there."""
    name, *rest = keys
    members = _members(text, start)
    if name not in members:
        return _inserted(text, start, members, keys, value)
    begin, end = members[name]
    if rest and text[begin:end] != "null":
        return _set_at(text, begin, rest, value)
    indent = _indentation_of_line(text, begin)
    body = _nested(rest, value, indent, _indentation(text), _newline(text))
    return text[:begin] + body + text[end:]


def _members(text: str, start: int) -> dict[str, tuple[int, int]]:
    """The positions of the values of the object or array that starts there, by name or index; the
    last of a name counts."""
    decoder, is_object = json.JSONDecoder(), text[start] == "{"
    members: dict[str, tuple[int, int]] = {}
    at = _after_space(text, start + 1)
    while text[at] not in "}]":
        name = str(len(members))
        if is_object:
            name, at = decoder.raw_decode(text, at)
            at = _after_space(text, _after_space(text, at) + 1)  # behind the colon
        _, end = decoder.raw_decode(text, at)
        members[name] = (at, end)
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return members


def _inserted(
    text: str, start: int, members: Mapping[str, tuple[int, int]], keys: Sequence[str], value: str
) -> str:
    """The text with the member, and the objects it needs, last in the object there."""
    newline, step, outer = _newline(text), _indentation(text), _indentation_of_line(text, start)
    inner = outer + step
    body = _member(keys, value, inner, step, newline)
    if members:
        end = max(end for _, end in members.values())
        flat = newline not in text[start:end]
        return text[:end] + ("," + (" " if flat else newline + inner)) + body + text[end:]
    close = text.index("}", start)
    space = text[start + 1 : close]  # it stays, too
    before, after = (newline + inner, space or newline + outer)
    if space and "\n" not in space:
        before = space
    return text[: start + 1] + before + body + after + text[close:]


def _member(keys: Sequence[str], value: str, indent: str, step: str, newline: str) -> str:
    name, *rest = keys
    return f"{json.dumps(name)}: {_nested(rest, value, indent, step, newline)}"


def _nested(keys: Sequence[str], value: str, indent: str, step: str, newline: str) -> str:
    """The value, in the objects that the keys name."""
    if not keys:
        return value
    inner = indent + step
    body = _member(keys, value, inner, step, newline)
    return f"{{{newline}{inner}{body}{newline}{indent}}}"


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _indentation(text: str) -> str:
    """The document's first indentation, or two spaces."""
    found = re.search(r"\{[ \t]*\r?\n([ \t]+)\"", text)
    return found[1] if found else "  "


def _indentation_of_line(text: str, at: int) -> str:
    line = text.rfind("\n", 0, at) + 1
    found = re.match(r"[ \t]*", text[line:at])
    return found[0] if found else ""


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
