"""A token for the command line, with what is to be said about it on stderr."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tray_app import wiring
from tray_app.commands.output import echo
from tray_app.commands.status import say_news

if TYPE_CHECKING:
    from tray_app.core.model import Colour
    from tray_app.core.secret import Secret


def assured_token(setup: wiring.Setup, least: timedelta) -> Secret | Colour:
    """Return a token that lives so long from now, or works as far as is known; the colour of the
    icon where there is none. What is lacking is said on stderr. Raises ConfigError."""
    token = wiring.token_at_hand(setup, least)
    if token is not None:
        return token
    engine = wiring.open_engine(setup)
    try:
        found = wiring.assured(engine, least)
    finally:
        engine.close()
    say_news(engine)
    if found.said:
        echo(found.said, err=True)
    return found.token or found.health.colour
