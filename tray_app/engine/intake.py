"""What a person has written into the config, taken into the store; and what another store had."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from tray_app.adapters.store import NoStore
from tray_app.core.errors import Busy, VaultError
from tray_app.core.model import Config
from tray_app.engine.custody import Custody
from tray_app.engine.tools import Tools

log = logging.getLogger(__name__)


def load(tools: Tools, custody: Custody, config: Config) -> None:
    """Load what is held, and take in what the config has that the keyring has not.

    Under both locks: another process may have taken it in and renewed it already, and the value of
    the config must not displace that. Where they are held, it is left for later.
    """
    custody.load()
    if not custody.untaken:
        return
    app, integration, host = config.service_app, config.integration, tools.webex.host
    try:
        with ExitStack() as held:
            held.enter_context(tools.locks.hold("app", host, app.app_id, app.target_org_id))
            if integration is not None:
                held.enter_context(tools.locks.hold("integration", host, integration.client_id))
            custody.load(take_in=True)
    except Busy:
        log.info("what is new in the config is taken in later: another process is renewing")


def move_in(custody: Custody) -> tuple[str, ...]:
    """Where something is missing, look for it in the store that the config named before.

    Returns what to tell a person.
    """
    if not custody.credentials.lacks:
        return ()
    place = custody.vault.place
    try:
        moved = custody.move_in()
    except NoStore:
        return ()  # as on a server
    except VaultError as error:
        log.warning("nothing moved into %s: %s", place, error)
        return (f"What is missing is looked for in the other store at the next start: {error}.",)
    if not moved:
        return ()
    custody.load()
    return (f"{moved} secrets moved into {place}, which tray.secretStore names.",)


def clear_file(tools: Tools, custody: Custody, config: Config, news: list[str]) -> Config:
    """Take out of the config what the store has for good, and add that to the news.

    Returns the config as it is then.
    """
    settled, file = custody.settled, tools.config_file
    replaced = file.point_to_keyring(settled) if settled else 0
    if not replaced:
        return config
    news.append(
        f"{replaced} secrets moved from {file.path} into {custody.vault.place};"
        " webex-token-tray export --with-secrets shows them."
    )
    log.info("%s", news[-1])
    now = file.read()
    healed = set(config.warnings) - set(now.warnings)
    news[:] = [sentence for sentence in news if sentence not in healed]
    custody.take_config(now)
    custody.load()
    return now
