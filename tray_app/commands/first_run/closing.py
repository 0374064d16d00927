"""After the config is written: a token in `.env`, a sign-in, the start at login."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tray_app.adapters import files
from tray_app.commands.first_run import terminal
from tray_app.commands.output import echo
from tray_app.commands.sign_in import has_screen, sign_in_here
from tray_app.core.errors import CannotSignIn
from tray_app.core.model import Colour, Health, Reason
from tray_app.core.sign_in import sentence
from tray_app.core.wording import outcome
from tray_app.desktop.autostart import login_item
from tray_app.desktop.backend import find_tray

if TYPE_CHECKING:
    from tray_app.engine import Engine
    from tray_app.wiring import Setup

_RENEWED = (Reason.RENEWING, Reason.RENEWAL_FAILS, Reason.FOREIGN_ORG)
"""What a renewal may end, whatever the colour."""


def obtain_token(engine: Engine) -> Health:
    """See to it that `.env` has a token that works, as far as that can be had now."""
    terminal.heading("The token")
    health = engine.poll()
    creds = engine.credentials()
    integration = creds.integration
    if integration is not None and integration.refresh_token is None and _wants_sign_in():
        try:
            result = sign_in_here(engine)
        except CannotSignIn as error:
            terminal.wrong(str(error))
        else:
            terminal.note(sentence(result, datetime.now(UTC)))
            health = engine.judge() if result.succeeded else engine.poll()
    if health.colour is Colour.RED or health.reason in _RENEWED:
        health = engine.refresh(by_hand=True)
        terminal.note(outcome(health, engine.answered))
    return replace(health, next_try_at=None)


def offer_start_at_login(setup: Setup) -> None:
    """Offer the entry, where there is a desktop and none yet."""
    item = login_item(setup)
    if item.is_on() or not (has_screen() or find_tray().shows):
        return
    terminal.heading("Start at login")
    if not terminal.yes("Start the icon by itself at every login?"):
        return
    try:
        item.turn_on()
    except OSError as error:
        terminal.wrong(f"{item.place} cannot be changed: {files.sentence(error)}")
    else:
        terminal.good(item.place)


def _wants_sign_in() -> bool:
    echo("  The integration needs you once: you allow it on Webex's page, in the browser.")
    return terminal.yes("Sign in now?")
