"""What the JSON files of this package share: errors in one sentence, and edits without races."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tray_app.model.errors import ConfigError
from tray_app.system import atomic_file

_TRIES = 5


def config_error(path: Path, sentence: str) -> ConfigError:
    """Return the error for one fault."""
    return ConfigError(str(path), (sentence,))


def io_error(path: Path, action: str, error: OSError) -> ConfigError:
    """Return the error for a file that cannot be read, written or made."""
    return config_error(path, f"cannot be {action}: {atomic_file.error_text(error)}")


def parse_object(raw: bytes, path: Path, *, may_be_empty: bool = False) -> dict[str, Any]:
    """Return the JSON object; an empty one for no bytes if `may_be_empty`. Raises ConfigError."""
    root: Any = {}
    fault = ""
    try:
        text = raw.decode("utf-8-sig")
        if text.strip() or not may_be_empty:
            root = json.loads(text)
    except UnicodeDecodeError:
        fault = "not UTF-8; save it as UTF-8"
    except json.JSONDecodeError as error:
        fault = f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        fault = "not valid JSON; start from the template"
    if not fault and not isinstance(root, dict):
        fault = "not a JSON object; start from the template"
    if fault:
        # Outside of the `except` blocks: json's error holds the document, and would be its context.
        raise config_error(path, fault)
    return root  # type: ignore[no-any-return]


def rewrite(
    path: Path,
    read: Callable[[], bytes | None],
    change: Callable[[bytes | None], bytes | None],
    *,
    make_folder: Callable[[Path], object] = lambda _: None,
    rule: atomic_file.Rule = atomic_file.allow_any,
) -> None:
    """Replace the content by what `change` makes of it; again if another program has edited it.

    `change` returns None if there is nothing to do. Raises ConfigError; the file is then unchanged.
    """
    for _ in range(_TRIES):
        raw = read()
        new = change(raw)
        if new is None:
            return
        try:
            make_folder(path.parent)
            atomic_file.replace(path, new, was=raw, rule=rule)
        except atomic_file.FileChanged:
            continue
        except OSError as error:
            raise io_error(path, "written", error) from error
        return
    raise config_error(path, "cannot be written: another program keeps editing it")
