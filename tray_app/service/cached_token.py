"""What is known without asking Webex or the keyring, and without importing what asks them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from tray_app.storage.last_report import load_last_report

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from tray_app.model.secret import Secret
    from tray_app.model.settings import Config
    from tray_app.storage.token_facts import TokenFacts
    from tray_app.system.dirs import AppDirs
    from tray_app.text.report import Report


def report(config_path: Path, folders: AppDirs, base: str, max_age: timedelta) -> Report | None:
    """Return what the last check of any process found, if it is recent enough and still holds."""
    now, age = time.time(), max_age.total_seconds()
    return load_last_report(folders.token_facts, config_path, base, now=now, max_age=age)


def token(
    config: Config, token_facts: TokenFacts, now: datetime, least: timedelta
) -> Secret | None:
    """Return the token in `.env` if a check no older than a poll confirmed it, and its known expiry
    is late enough; None if Webex has to be asked."""
    from datetime import timedelta

    from tray_app.model.errors import EnvFileError
    from tray_app.policy import freshness
    from tray_app.storage.output_file import OutputFile

    try:
        found = OutputFile(config.outputs[0], config.written_by).read().access
    except EnvFileError:
        return None
    if found is None:
        return None
    seen = token_facts.seen(found)
    good = not seen.rejected and freshness.is_vouched_for(
        token_facts.lifespan(found),
        seen.confirmed_at,
        now,
        least=least,
        fresh=timedelta(seconds=config.poll_seconds),
    )
    return found if good else None
