"""`status --max-age`, answered before anything is loaded that a shell's prompt would wait for.

It understands the plain forms; all else, and all that is not at hand, is the command's.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.text.report import Report

_WITH_VALUE = ("--config", "--api-base", "--max-age")
_OF_THE_VERB = ("--json", "--max-age")


def answer(arguments: list[str]) -> int | None:
    """Say what the last check found, and return the exit code; None where the command is to run."""
    asked = _parse(arguments)
    found = _found(asked) if asked is not None else None
    if asked is None or found is None:
        return None
    from tray_app.cli import render
    from tray_app.cli.exit_codes import exit_code_for

    said = render.as_json(found) if "--json" in asked else render.as_text(found)
    sys.stdout.write(f"{said}\n")
    return exit_code_for(found["object"]["colour"])


def _found(asked: dict[str, str]) -> Report | None:
    """What the last check found; None also for what goes wrong: the command says it."""
    try:
        return _look_up(asked)
    except Exception:  # noqa: BLE001 - a traceback would end with 1, which means amber
        return None


def _look_up(asked: dict[str, str]) -> Report | None:
    from tray_app.service import cached_token
    from tray_app.system.dirs import CONFIG_VARIABLE, AppDirs, find_config
    from tray_app.text.times import parse_duration
    from tray_app.webex.api_base import PRODUCTION, checked_base

    folders = AppDirs.of_user()
    max_age = parse_duration(asked["--max-age"])
    base = checked_base(asked.get("--api-base") or os.environ.get("WEBEX_API_BASE") or PRODUCTION)
    named = asked.get("--config") or os.environ.get(CONFIG_VARIABLE)
    if not named and folders.profiles.exists():
        return None
    config_path = find_config(asked.get("--config"), os.environ, folders)
    return cached_token.report(config_path, folders, base, max_age)


def _parse(arguments: list[str]) -> dict[str, str] | None:
    """The options by their names; None where it is not `status --max-age`, or not plain."""
    named: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "status" and "status" not in named:
            named["status"] = ""
        elif name in _OF_THE_VERB and "status" not in named:
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
