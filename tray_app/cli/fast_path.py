"""`status --max-age` without loading click or the engine, because a shell prompt waits for it.

It understands plain forms only. For everything else it returns None, and the command runs.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.text.report import Report

_WITH_VALUE = ("--config", "--api-base", "--max-age")
_OF_STATUS = ("--json", "--max-age")


def answer(arguments: list[str]) -> int | None:
    """Print what the last check found and return the exit code; None if the command must run."""
    options = _parse(arguments)
    found = _report(options) if options is not None else None
    if options is None or found is None:
        return None
    from tray_app.cli import render
    from tray_app.cli.exit_codes import exit_code_for

    text = render.as_json(found) if "--json" in options else render.as_text(found)
    sys.stdout.write(f"{text}\n")
    return exit_code_for(found["object"]["colour"])


def _report(options: dict[str, str]) -> Report | None:
    try:
        return _last_report(options)
    except Exception:  # noqa: BLE001 - a boundary: the command runs and says what is wrong
        return None


def _last_report(options: dict[str, str]) -> Report | None:
    from tray_app.service import cached_token
    from tray_app.system.dirs import CONFIG_VARIABLE, AppDirs, find_config
    from tray_app.text.times import parse_duration
    from tray_app.webex.api_base import PRODUCTION, checked_base

    folders = AppDirs.of_user()
    max_age = parse_duration(options["--max-age"])
    base = checked_base(options.get("--api-base") or os.environ.get("WEBEX_API_BASE") or PRODUCTION)
    named = options.get("--config") or os.environ.get(CONFIG_VARIABLE)
    if not named and folders.profiles.exists():
        return None
    config_path = find_config(options.get("--config"), os.environ, folders)
    return cached_token.report(config_path, folders, base, max_age)


def _parse(arguments: list[str]) -> dict[str, str] | None:
    """The options by name; None unless this is a plain `status --max-age`."""
    named: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "status" and "status" not in named:
            named["status"] = ""
        elif name in _OF_STATUS and "status" not in named:
            return None
        elif word == "--json":
            named[word] = ""
        elif name in _WITH_VALUE:
            value = value if equals else next(words, "")
            if not value or value.startswith("-") or name in named:
                return None
            named[name] = value
        else:
            return None
    return named if "--max-age" in named else None
