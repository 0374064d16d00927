"""A token for a program that is about to use it: checked, and renewed if it expires too soon."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tray_app.model.health import Health
from tray_app.model.secret import Secret
from tray_app.policy import freshness
from tray_app.policy.freshness import Shortfall
from tray_app.service.engine import Engine
from tray_app.text import freshness as freshness_text

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FreshToken:
    """What there is to use. `token`: None if it is dead; `said`: a sentence on what it lacks, ""
    if nothing."""

    token: Secret | None
    health: Health
    shortfall: Shortfall | None
    said: str


def ensure_fresh(engine: Engine, least: timedelta, clock: Callable[[], datetime]) -> FreshToken:
    """Check the token, and renew it if it does not live so long from now.

    Backs off and never prompts, as in the background: the caller may be a job that nobody watches.
    """
    with engine.prepared_to_renew(least):
        health = engine.poll()
        found = freshness.shortfall(health, clock(), least)
        if found is Shortfall.DEAD or (
            freshness.calls_for_renewal(found) and engine.renewal_could_extend(least)
        ):
            health = engine.refresh()
            found = freshness.shortfall(health, clock(), least)
    if found is None:
        return FreshToken(engine.token, health, None, "")
    said = freshness_text.sentence(found, health, clock(), least)
    log.info("asked for a token good for %s: %s", least, found)
    return FreshToken(None if found is Shortfall.DEAD else engine.token, health, found, said)
