"""Sets fields of a JSON text in place; every other byte stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tray_app.config.json_file import config_error, parse_object
from tray_app.system.json_text import BOM, set_value


def set_fields(raw: bytes, path: Path, wanted: Mapping[str, object]) -> bytes:
    """Return the bytes with these fields (by dotted names) set. Raises ConfigError.

    A field that exists is replaced in place; a new one goes last in its section, indented like the
    rest.
    """
    expected = parse_object(raw, path, may_be_empty=True)
    text = raw.decode()
    text = text if text.strip(f"{BOM} \t\r\n") else "{}\n"
    for name, value in wanted.items():
        keys = name.split(".")
        _set(expected, path, keys, value)
        text = set_value(text, keys, json.dumps(value))
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
