"""What is known without asking anybody: neither Webex nor the keyring, and without loading them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from tray_app.adapters.last_report import last_report

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from tray_app.adapters.journal import Journal
    from tray_app.adapters.paths import Folders
    from tray_app.core.configuration import Config
    from tray_app.core.report import Report
    from tray_app.core.secret import Secret


def report(config_path: Path, folders: Folders, base: str, max_age: timedelta) -> Report | None:
    """Return what the last check found, by whichever process, if it is no older and still so."""
    now, age = time.time(), max_age.total_seconds()
    return last_report(folders.journal, config_path, base, now=now, max_age=age)


def token(config: Config, journal: Journal, now: datetime, least: timedelta) -> Secret | None:
    """Return the token in `.env` if the last check, no older than a poll, and what was told of its
    life are enough; None where Webex is to be asked. Asks neither Webex nor the keyring."""
    from datetime import timedelta

    from tray_app.adapters.envfile import EnvFile
    from tray_app.core import assurance
    from tray_app.core.errors import EnvFileError

    try:
        found = EnvFile(Path(config.env_file)).read().access
    except EnvFileError:
        return None
    if found is None:
        return None
    seen = journal.seen(found)
    good = not seen.rejected and assurance.is_vouched_for(
        journal.lifespan(found),
        seen.confirmed_at,
        now,
        least=least,
        fresh=timedelta(seconds=config.poll_seconds),
    )
    return found if good else None
