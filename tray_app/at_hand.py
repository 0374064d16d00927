"""What is known without asking anybody: neither Webex nor the keyring, and without loading them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tray_app.adapters.envfile import EnvFile
from tray_app.core import assurance
from tray_app.core.errors import EnvFileError

if TYPE_CHECKING:
    from tray_app.adapters.journal import Journal
    from tray_app.core.configuration import Config
    from tray_app.core.secret import Secret


def token(config: Config, journal: Journal, now: datetime, least: timedelta) -> Secret | None:
    """Return the token in `.env` if the last check, no older than a poll, and what was told of its
    life are enough; None where Webex is to be asked. Asks neither Webex nor the keyring."""
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
