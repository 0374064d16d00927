"""After the config is written: a token in `.env`, a sign-in, the start at login."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tray_app.cli.authorize import has_screen, sign_in_here
from tray_app.cli.output import echo
from tray_app.cli.setup import prompts
from tray_app.desktop.install.autostart import login_item
from tray_app.desktop.tray.detect import find_tray
from tray_app.model.errors import CannotSignIn
from tray_app.model.health import Health, Reason
from tray_app.model.signs import Colour
from tray_app.system import atomic_file
from tray_app.text.health import renewal_outcome

if TYPE_CHECKING:
    from tray_app.bootstrap import ProfileContext
    from tray_app.model.sign_in import Outcome
    from tray_app.service.engine import Engine

_WORTH_RENEWING = (Reason.RENEWING, Reason.RENEWAL_FAILS, Reason.FOREIGN_ORG)
"""Reasons for which a renewal is worth a try, whatever the colour."""


def obtain_token(engine: Engine) -> tuple[Health, Outcome | None]:
    """Sign in if needed, renew if needed; returns the health, and how the sign-in ended."""
    signed_in = None
    prompts.heading("The token")
    health = engine.poll()
    creds = engine.credentials()
    integration = creds.integration
    if integration is not None and integration.refresh_token is None and _wants_sign_in():
        try:
            signed_in, health = sign_in_here(engine, prompts.note)
        except CannotSignIn as error:
            prompts.wrong(str(error))
    if health.colour is Colour.RED or health.reason in _WORTH_RENEWING:
        health = engine.refresh(by_hand=True)
        prompts.note(renewal_outcome(health, engine.last_method))
    return replace(health, next_try_at=None), signed_in


def offer_start_at_login(profile: ProfileContext) -> None:
    """Offer the entry if there is a desktop and no entry yet."""
    item = login_item(profile)
    if item.is_on() or not (has_screen() or find_tray().is_visible):
        return
    prompts.heading("Start at login")
    if not prompts.yes("Start the icon at every login?"):
        return
    try:
        item.turn_on()
    except OSError as error:
        prompts.wrong(f"{item.location} cannot be changed: {atomic_file.error_text(error)}")
    else:
        prompts.good(item.location)


def _wants_sign_in() -> bool:
    echo("  The integration needs you once: allow it on Webex's page in the browser.")
    return prompts.yes("Sign in now?")
