"""Sets fields of a JSON text in place; every other byte stays."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tray_app.config.json_file import config_error, parse_object

_SPACE = re.compile(r"[ \t\r\n]*")
_BOM = "\ufeff"


def set_fields(raw: bytes, path: Path, wanted: Mapping[str, object]) -> bytes:
    """Return the bytes with these fields (by dotted names) set. Raises ConfigError.

    A field that exists is replaced in place; a new one goes last in its section, indented like the
    rest.
    """
    expected = parse_object(raw, path, may_be_empty=True)
    text = raw.decode()
    text = text if text.strip(f"{_BOM} \t\r\n") else "{}\n"
    for name, value in wanted.items():
        keys = name.split(".")
        _set(expected, path, keys, value)
        text = _with(text, keys, json.dumps(value))
    if json.loads(text.removeprefix(_BOM)) != expected:  # a section that is null
        text = json.dumps(expected, indent=2) + "\n"
    return text.encode()


def _set(root: dict[str, Any], path: Path, keys: list[str], value: object) -> None:
    *sections, last = keys
    for depth, section in enumerate(sections, 1):
        if root.get(section) is None:
            root[section] = {}
        root = root[section]
        if not isinstance(root, dict):
            raise config_error(path, f"{'.'.join(keys[:depth])} must be an object in braces")
    root[last] = value


def _with(text: str, path: list[str], value: str) -> str:
    start = text.index("{")
    for depth, name in enumerate(path):
        if text[start] != "{":  # null: `set_fields` sees that nothing was set
            return text
        members = _members(text, start)
        found = members.get(name)
        if found is None:
            return _inserted(text, start, members, path[depth:], value)
        start, end = found
        if depth == len(path) - 1:
            return text[:start] + value + text[end:]
    return text


def _members(text: str, start: int) -> dict[str, tuple[int, int]]:
    """The positions of the values of the object that starts there; the last of a name counts."""
    decoder, members = json.JSONDecoder(), {}
    at = _after_space(text, start + 1)
    while text[at] != "}":
        name, at = decoder.raw_decode(text, at)
        begin = _after_space(text, _after_space(text, at) + 1)  # behind the colon
        _, end = decoder.raw_decode(text, begin)
        members[name] = (begin, end)
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return members


def _inserted(
    text: str, start: int, members: Mapping[str, tuple[int, int]], path: list[str], value: str
) -> str:
    """The text with the member, and the sections it needs, last in the object there."""
    newline = "\r\n" if "\r\n" in text else "\n"
    step, outer = _indentation(text), _indentation_of_line(text, start)
    inner = outer + step
    body = _nested(path, value, inner, step, newline)
    if members:
        end = max(end for _, end in members.values())
        flat = newline not in text[start:end]
        return text[:end] + ("," + (" " if flat else newline + inner)) + body + text[end:]
    close = text.index("}", start)
    return text[: start + 1] + newline + inner + body + newline + outer + text[close:]


def _nested(path: list[str], value: str, indent: str, step: str, newline: str) -> str:
    name, *rest = path
    if not rest:
        return f"{json.dumps(name)}: {value}"
    inner = indent + step
    body = _nested(rest, value, inner, step, newline)
    return f"{json.dumps(name)}: {{{newline}{inner}{body}{newline}{indent}}}"


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
