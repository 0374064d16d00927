"""A token for somebody who is about to use it: checked, and renewed if it ends too soon."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tray_app.core import assurance
from tray_app.core.assurance import Lack
from tray_app.core.model import Health
from tray_app.core.secret import Secret
from tray_app.engine.engine import Engine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Assurance:
    """What there is to use. `token` is None where it is dead; `said`: a sentence on what is
    lacking, "" where nothing is."""

    token: Secret | None
    health: Health
    lack: Lack | None
    said: str


def assure(engine: Engine, least: timedelta, clock: Callable[[], datetime]) -> Assurance:
    """Check the token, and renew it where it does not live so long from now.

    In the background, as to back-off and keyring: who asks may be a job that nobody looks at.
    """
    health = engine.poll()
    found = assurance.lack(health, clock(), least)
    if found is Lack.DEAD or (
        assurance.calls_for_renewal(found) and engine.renewal_may_help(least)
    ):
        health = engine.refresh()
        found = assurance.lack(health, clock(), least)
    if found is None:
        return Assurance(engine.token, health, None, "")
    said = assurance.sentence(found, health, clock(), least)
    log.info("asked for a token good for %s: %s", least, found)
    return Assurance(None if found is Lack.DEAD else engine.token, health, found, said)
