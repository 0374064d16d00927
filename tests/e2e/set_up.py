"""The person at `setup`, with an integration, signed in for on the way."""

from __future__ import annotations

from tests.consent import decide, visit
from tests.terminal import Terminal
from tray_app.sandbox.server import Sandbox


def set_up(person: Terminal, webex: Sandbox, redirect: str) -> None:
    """Answer each question up to the green token; what may follow is the caller's."""
    app, integration = webex.service_app, webex.integration
    person.answer("App id: ", app.app_id)
    person.answer("(Enter takes it) > ")
    person.hide("(hidden) > ", app.client_secret)
    person.answer("Organization id", app.target_org_id)
    person.answer("Which one [1]: ")
    person.answer("Client id: ", integration.client_id)
    person.hide("(hidden) > ", integration.client_secret)
    person.answer("(Enter takes it) > ", redirect)
    person.answer("now .env\n    (Enter keeps it) > ")
    person.answer("Write this? [Y/n]: ")
    person.answer("Sign in now? [Y/n]: ")
    person.expect("Open in a browser:\n")
    visit(decide(person.expect("\n").strip()))
    person.expect("green: Token works")
