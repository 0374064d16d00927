"""What the engine works with; wiring builds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tray_app.adapters.budget import Budget
from tray_app.adapters.config import ConfigFile
from tray_app.adapters.critical import CriticalSection
from tray_app.adapters.history import History
from tray_app.adapters.hook import Hook
from tray_app.adapters.instance import Instance
from tray_app.adapters.journal import Journal
from tray_app.adapters.last_report import LastReport
from tray_app.adapters.locks import Locks
from tray_app.adapters.vault import Vault
from tray_app.adapters.webex import Webex
from tray_app.core.health import Limits
from tray_app.core.permissions import LOOK, Permissions
from tray_app.core.schedule import Pace


@dataclass(frozen=True, slots=True)
class Tools:
    """One profile's outside world. `clock` gives UTC; `roll` a random number in [0, 1).

    `history`: whoever sees something happen says so there: `note` for a deed, `turn` for a state;
    `shares_journal`: with other profiles, so that somebody else closes it; `permissions`: what
    this run may do; `critical`: what the end of the program waits for, one for each engine;
    `instance`: tells whether the tray or `watch` runs for the profile, None if nothing can tell.
    """

    config_file: ConfigFile
    vault: Vault
    webex: Webex
    journal: Journal
    history: History
    report: LastReport
    locks: Locks
    hook: Hook
    clock: Callable[[], datetime]
    roll: Callable[[], float]
    limits: Limits = field(default_factory=Limits)
    pace: Pace = field(default_factory=Pace)
    budget: Budget = field(default_factory=Budget.unlimited)
    shares_journal: bool = False
    permissions: Permissions = LOOK
    critical: CriticalSection = field(default_factory=CriticalSection)
    instance: Instance | None = None

    @property
    def is_attended(self) -> bool:
        """Whether something runs that renews by itself: this run, or another process."""
        return self.permissions.stays or (self.instance is not None and self.instance.runs())

    def close(self) -> None:
        """Close the threads of hook and keyring, connections and the journal, where they are its
        own."""
        self.hook.close()
        self.vault.close()
        self.webex.close()
        if not self.shares_journal:
            self.journal.close()
