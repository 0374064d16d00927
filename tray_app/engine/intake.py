"""What a person has written into the config, taken into the keyring."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from tray_app.core.errors import Busy
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
