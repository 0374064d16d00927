"""Tokens as strings in a JSON document, each at its JSON pointer; every other byte stays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tray_app.storage.format import BOM, CannotPlace, Contents, Format
from tray_app.system.json_text import set_value

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class JsonFormat(Format):
    """`access`, `refresh`: JSON pointers (RFC 6901); "" if the refresh token has none."""

    access: str
    refresh: str

    def tokens(self, text: str) -> tuple[str | None, str | None]:
        """Return the strings at both places."""
        root, _ = _parsed(text)
        access, refresh = (self._found(root, pointer) for pointer in (self.access, self.refresh))
        return (
            access if isinstance(access, str) else None,
            refresh if isinstance(refresh, str) else None,
        )

    def place(self, text: str, contents: Contents) -> str:
        """Return the text with both strings set; objects that are missing are made. Raises
        CannotPlace."""
        text = text if text.removeprefix(BOM).strip() else "{}\n"
        root, fault = _parsed(text)
        if fault:
            raise CannotPlace(fault)
        wanted = [(self.access, contents.pair.access)]
        if self.refresh and contents.pair.refresh is not None:
            wanted.append((self.refresh, contents.pair.refresh))
        for pointer, token in wanted:
            keys = _keys(pointer)
            _set(root, keys, pointer, token.reveal())
            text = set_value(text, keys, json.dumps(token.reveal()))
        if _parsed(text)[0] != root:
            raise CannotPlace("the tokens cannot be placed safely")
        return text

    def has_names(self, text: str) -> bool:
        """Whether there is anything at one of the places."""
        root, _ = _parsed(text)
        return any(
            self._found(root, pointer) is not _NOTHING for pointer in (self.access, self.refresh)
        )

    def is_format(self, text: str) -> bool:
        """Whether it is JSON, and an object or a list."""
        return not _parsed(text)[1]

    def _found(self, root: object, pointer: str) -> object:
        found = root if pointer else _NOTHING
        for key in _keys(pointer):
            if isinstance(found, dict):
                found = found.get(key, _NOTHING)
            elif isinstance(found, list) and _is_index(key, found):
                found = found[int(key)]
            else:
                return _NOTHING
        return found


def _keys(pointer: str) -> list[str]:
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]


def _is_index(key: str, items: list[object]) -> bool:
    return key.isascii() and key.isdecimal() and key == str(int(key)) and int(key) < len(items)


def _parsed(text: str) -> tuple[Any, str]:
    """The document and ""; else None and what is wrong. Raises nothing: an error of json holds the
    document."""
    try:
        root = json.loads(text.removeprefix(BOM), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return None, f"it is not valid JSON (line {error.lineno}, column {error.colno})"
    except (ValueError, RecursionError):  # a number of thousands of digits; NaN
        return None, "it is not valid JSON"
    if not isinstance(root, dict | list):
        return None, "it is no JSON object"
    return root, ""


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _set(root: Any, keys: list[str], pointer: str, value: str) -> None:
    """Raises CannotPlace if something else is in the way."""
    here, last = root, len(keys) - 1
    for depth, key in enumerate(keys):
        if isinstance(here, dict):
            found = here.get(key)
        elif isinstance(here, list) and _is_index(key, here):
            key, found = int(key), here[int(key)]  # type: ignore[assignment]  # noqa: PLW2901
        else:
            raise CannotPlace(f"{pointer} leads through something that is no object")
        if depth == last:
            if isinstance(found, dict | list):
                raise CannotPlace(f"at {pointer} is an object or a list, which is left alone")
            here[key] = value
        else:
            if found is None:
                found = here[key] = {}
            here = found
