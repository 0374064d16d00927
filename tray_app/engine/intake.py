<<<<<<< HEAD
"""What a person has written into the config, taken into the store; and what another store had."""
=======
"""What a person has written into the config: read again after an edit, taken into the keyring."""
>>>>>>> 60e0026 (History: what happened, each change with its cause; facts too old are forgotten)

from __future__ import annotations

import logging
from contextlib import ExitStack

<<<<<<< HEAD
from tray_app.adapters.store import NoStore
from tray_app.core.errors import Busy, VaultError
=======
from tray_app.core.errors import Busy, ConfigError
from tray_app.core.events import Event, What
>>>>>>> 60e0026 (History: what happened, each change with its cause; facts too old are forgotten)
from tray_app.core.model import Config
from tray_app.engine.check import Check
from tray_app.engine.custody import Custody
from tray_app.engine.timetable import Timetable
from tray_app.engine.tools import Tools

log = logging.getLogger(__name__)


class Intake:
    """`config`: as it was last read without fault; `fault`: why it cannot be used as it is now, ""
    where it can; `news`: what a person should be told of it, once."""

    def __init__(self, tools: Tools) -> None:
        """Raises ConfigError."""
        self._tools = tools
        self.config = tools.config_file.read()
        self.fault = ""
        self.news: list[str] = list(self.config.warnings)
        self._loaded = False

    def take(self, custody: Custody, check: Check, timetable: Timetable) -> None:
        """Take in an edited config, and credentials where they are not known yet."""
        if self._is_edited():
            self._loaded = False
            self.news += self.config.warnings
            custody.take_config(self.config)
            check.take_config(self.config)
            timetable.forget_failures()  # what failed may be what was corrected
        if not self._loaded or custody.credentials.locked or custody.untaken:
            _load(self._tools, custody, self.config)
            self._loaded = True
            self._clear_file(custody)

    def _is_edited(self) -> bool:
        """Read the config; whether there is another one than before."""
        before, fault_before = self.config, self.fault
        try:
            self.config, self.fault = self._tools.config_file.read(), ""
        except ConfigError as error:
            self.fault = error.faults[0]
        if self.fault not in ("", fault_before):
            self._note(What.CONFIG_FAULTY, self.fault)
        if self.config is not before:
            log.info("the config has changed and is read again")
        if self.config is not before or (fault_before and not self.fault):
            self._note(What.CONFIG_READ)
        return self.config is not before

    def _clear_file(self, custody: Custody) -> None:
        """Take out of the config what the keyring has for good, and say so."""
        settled, file = custody.settled, self._tools.config_file
        replaced = file.point_to_keyring(settled) if settled else 0
        if not replaced:
            return
        self._note(What.SECRETS_MOVED, str(replaced))
        self.news.append(
            f"{replaced} secrets moved from {file.path} into the keyring;"
            " webex-token-tray export --with-secrets shows them."
        )
        log.info("%s", self.news[-1])
        before, self.config = self.config, file.read()
        healed = set(before.warnings) - set(self.config.warnings)
        self.news = [sentence for sentence in self.news if sentence not in healed]
        custody.take_config(self.config)
        custody.load()

    def _note(self, what: What, detail: str = "") -> None:
        self._tools.history.note(Event(self._tools.clock(), what, detail=detail))


def _load(tools: Tools, custody: Custody, config: Config) -> None:
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
