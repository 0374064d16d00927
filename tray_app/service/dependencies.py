"""What the engine works with; bootstrap builds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tray_app.config.file import ConfigFile
from tray_app.model.permissions import LOOK, Permissions
from tray_app.model.settings import Thresholds, Timing
from tray_app.secrets.vault import Vault
from tray_app.service.webex_status import ANSWER_TIMEOUT, WebexStatus
from tray_app.storage.event_log import EventLog
from tray_app.storage.last_report import Elsewhere, LastReport
from tray_app.storage.token_facts import TokenFacts
from tray_app.storage.told_state import ToldStates
from tray_app.system.config_commands import ConfigCommands
from tray_app.system.critical_section import CriticalSection
from tray_app.system.locks import Locks
from tray_app.system.single_instance import Instance
from tray_app.webex.client import Webex
from tray_app.webex.rate_limit import RateLimiter


@dataclass(frozen=True, slots=True)
class Dependencies:
    """One profile's outside world. `clock` gives UTC; `roll` a random number in [0, 1).

    `history`: `record` takes what was done, `record_change` a state; `shares_database`: with other
    profiles, so it is closed elsewhere; `permissions`: what this run may do; `critical`: what the
    end of the program waits for, one for each engine; `instance`: whether the tray or `watch` runs
    for the profile, None if that cannot be known; `webex_status`: the status feed of this Webex,
    None if it has none; `told`: what `tray.onStateChange` was told last, None if nothing is to be
    told; `elsewhere`: the API base at which the config was last checked, if it is another
    one.
    """

    config_file: ConfigFile
    vault: Vault
    webex: Webex
    token_facts: TokenFacts
    history: EventLog
    report: LastReport
    locks: Locks
    commands: ConfigCommands
    clock: Callable[[], datetime]
    roll: Callable[[], float]
    limits: Thresholds = field(default_factory=Thresholds)
    pace: Timing = field(default_factory=Timing)
    rate_limiter: RateLimiter = field(default_factory=RateLimiter.unlimited)
    shares_database: bool = False
    permissions: Permissions = LOOK
    critical: CriticalSection = field(default_factory=CriticalSection)
    instance: Instance | None = None
    webex_status: WebexStatus | None = None
    told: ToldStates | None = None
    elsewhere: Elsewhere | None = None

    @property
    def is_attended(self) -> bool:
        """Whether something runs that renews by itself: this run, or another process."""
        return self.permissions.stays or (self.instance is not None and self.instance.is_running())

    def shorten_timeouts(self) -> None:
        """The program is ending: `close` waits neither for a command nor for the status feed."""
        self.commands.shorten_timeouts()
        if self.webex_status is not None:
            self.webex_status.close()

    def close(self) -> None:
        """Close the threads of commands and keyring, the connections and the database, unless they
        are shared."""
        if self.webex_status is not None:
            self.webex_status.close(0.0 if self.permissions.stays else ANSWER_TIMEOUT)
        self.commands.close()
        self.vault.close()
        self.webex.close()
        if not self.shares_database:
            self.token_facts.close()
