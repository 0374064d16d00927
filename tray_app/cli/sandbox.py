"""`sandbox`: a Webex on loopback to try things out, with a config and a `.env` ready for it."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, redirect_stdout, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray_app import bootstrap
from tray_app.cli.exit_codes import Exit
from tray_app.cli.forget import remove
from tray_app.cli.options import selected_profile
from tray_app.cli.output import echo, echo_lines, finish_before_interrupt
from tray_app.model.permissions import SET_UP
from tray_app.model.printable import quoted
from tray_app.model.redirect import DEFAULT_REDIRECT
from tray_app.system.dirs import APP, CONFIG_NAME, POSIX
from tray_app.system.hardening import pop_secret_environment
from tray_app.system.signals import DELIBERATE, handling_signals
from tray_app.text import rows

if TYPE_CHECKING:
    from tray_app.bootstrap import ProfileContext
    from tray_app.sandbox.server import Sandbox

_SLOW = timedelta(seconds=5)
_RETRY_AFTER = 30
_LOOK_SECONDS = 0.5


def _slow(webex: Sandbox) -> None:
    from tray_app.sandbox.faults import Fault

    webex.go_down(Fault.slow(_SLOW))


def _rate_limited(webex: Sandbox) -> None:
    from tray_app.sandbox.faults import Fault

    webex.go_down(Fault.rate_limited(_RETRY_AFTER))


def _dropped(webex: Sandbox) -> None:
    from tray_app.sandbox.faults import Fault

    webex.go_down(Fault.dropped())


def _incident(webex: Sandbox) -> None:
    webex.status_page.report("Webex APIs: some requests fail")
    webex.go_down()


FAULTS: Mapping[str, tuple[str, Callable[[Sandbox], None]]] = {
    "token-revoked": (
        "the service app's access token is revoked",
        lambda webex: webex.revoke_service_access(),
    ),
    "pair-revoked": (
        "its refresh token is revoked, too",
        lambda webex: webex.revoke_service_pair(),
    ),
    "all-revoked": (
        "every token is revoked: a person must sign in",
        lambda webex: webex.revoke_all(),
    ),
    "down": ("Webex is down: each answer is an error (HTTP 503)", lambda webex: webex.go_down()),
    "incident": ("the same, and Webex reports an incident on its status page", _incident),
    "rate-limited": (
        f"each answer says to try again in {_RETRY_AFTER} seconds (HTTP 429)",
        _rate_limited,
    ),
    "slow": (f"each answer takes {_SLOW.seconds} seconds", _slow),
    "dropped": ("each connection is closed without an answer", _dropped),
}
"""What can happen, by its name: what it means, and what does it."""
_HEALED = "up"
_COMMANDS = (
    *(f"{name:14} {meaning}" for name, (meaning, _) in FAULTS.items()),
    f"{_HEALED:14} Webex answers as usual; revoked tokens stay revoked",
)
_HELP = """Run a simulated Webex on this machine to try things out; no account needed.

It has a service app and an integration with a consent page, comes with a config and a `.env` that
work with it, and tells you what to type in another terminal. For a set-up by hand it has another
app and integration; its address in a browser shows them. When it ends, it removes the config,
`.env`, and what the program has kept of them; while the tray still runs with them, it waits for you
to quit that, or for a second Ctrl-C.

In a terminal, you can type the faults to simulate:

\b
{}

Exit code: 0 when you end it with Ctrl-C.
""".format("\n".join(_COMMANDS))


@click.command(help=_HELP)
@click.option(
    "--port",
    default=0,
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="The default is a free one.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    type=click.Choice(list(FAULTS)),
    help="Simulated from the start.",
)
@click.pass_context
def sandbox(context: click.Context, *, port: int, faults: tuple[str, ...]) -> int:
    from tray_app.sandbox.registrations import Integration
    from tray_app.sandbox.server import Sandbox

    pop_secret_environment()
    webex = Sandbox(integration=Integration(redirect_uris=(free_redirect(),)), port=port)
    # For a set-up by hand: others, since the program has the secrets of the first.
    webex.add_customer(another_app=True)
    webex.more_integrations.append(Integration(redirect_uris=(_usual_redirect(),)))
    try:
        webex.start()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise click.UsageError(f"Port {port} cannot be used: {why}.") from error
    with webex, tempfile.TemporaryDirectory(prefix="webex-sandbox-") as folder:
        config = write_profile(Path(folder), webex, {"secretStore": "file"})
        context.ensure_object(dict).update(
            config=(str(config),), profile=(), api_base=webex.api_base
        )
        profile = selected_profile(context, SET_UP)
        # The program's own handlers end it 11 seconds after the first signal.
        with handling_signals(signal.default_int_handler, "SIGINT"):
            try:
                _take_over(profile)
                for name in faults:
                    FAULTS[name][1](webex)
                try:
                    echo_lines(_introduction(webex, config))
                    _serve(webex)
                except KeyboardInterrupt as interrupt:
                    if interrupt.args:  # another signal: there is no time to wait
                        raise
                _wait_for_tray(profile)
            finally:
                _forget(profile)
    return Exit.GREEN


def write_profile(folder: Path, webex: Sandbox, tray: Mapping[str, object]) -> Path:
    """Write a config and a `.env` that work with this Webex; returns the config's path.

    `tray`: the config's section of that name.
    """
    app, integration = webex.service_app, webex.integration
    pair = webex.issue_service_pair()
    config = {
        "serviceApp": {
            "appId": app.app_id,
            "clientId": app.client_id,
            "clientSecret": app.client_secret,
            "targetOrgId": app.target_org_id,
        },
        "tokenManager": {
            "personalAccessToken": webex.issue_personal_token(),
            "integration": {
                "clientId": integration.client_id,
                "clientSecret": integration.client_secret,
                "refreshToken": webex.sign_in().refresh,
                "redirectUri": integration.redirect_uris[0],
            },
        },
        "tray": tray,
    }
    files = {
        CONFIG_NAME: json.dumps(config, indent=2) + "\n",
        ".env": "# read by your programs\n"
        f"WEBEX_SERVICE_APP_ACCESS_TOKEN={pair.access}\n"
        f"WEBEX_SERVICE_APP_REFRESH_TOKEN={pair.refresh}\n",
    }
    for name, text in files.items():
        (folder / name).touch(0o600)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / CONFIG_NAME


def free_redirect() -> str:
    """A redirect URI with a free port, since port 3000 may be in use.

    Below the ephemeral ports, so that it is still free when you click.
    """
    for port in random.sample(range(10_240, 32_768), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            break
    return f"http://localhost:{port}/callback"


def _usual_redirect() -> str:
    """The redirect URI that set-up suggests, unless its port is taken."""
    with suppress(OSError), socket.create_server(("127.0.0.1", DEFAULT_REDIRECT.port)):
        return DEFAULT_REDIRECT.uri
    return free_redirect()


def _introduction(webex: Sandbox, config: Path) -> str:
    base = f"export WEBEX_API_BASE={webex.api_base}"
    if not POSIX:
        base = f'$env:WEBEX_API_BASE = "{webex.api_base}"'
    command = f"{quoted(APP, '--config', str(config))}"
    lines = [
        f"A simulated Webex runs at {webex.api_base} until you press Ctrl-C. In another terminal:",
        "",
        f"  {base}",
        f"  {command} status",
        f"  {command} tray",
        "",
        f"The token is in {config.parent / '.env'}",
        "It and all other secrets of this sandbox work with this sandbox only.",
        f"For a set-up by hand, type {APP} alone; {webex.origin}/ has the answers.",
    ]
    if _is_terminal():
        lines += ["", "To simulate a fault, type its name and press Enter:", ""]
        lines += [*(f"  {line}" for line in _COMMANDS), ""]
        lines += [f"To see it at once: {rows.OPTIONS} → {rows.CHECK} in the tray's menu.", ""]
    return "\n".join(lines)


def _serve(webex: Sandbox) -> None:
    """Do what is typed, until Ctrl-C or the end of the input."""
    while not _is_terminal():
        threading.Event().wait(1.0)  # on Windows, Ctrl-C interrupts no longer wait
    for line in sys.stdin:
        name = line.strip()
        if name == _HEALED:
            webex.come_back()
            webex.status_page.resolve_all()
            echo("Webex answers as usual.")
        elif name in FAULTS:
            meaning, act = FAULTS[name]
            act(webex)
            echo(f"From now on: {meaning}.")
        elif name:
            echo(f"Type one of: {', '.join((*FAULTS, _HEALED))}.")


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _take_over(profile: ProfileContext) -> None:
    """Renew once: then `status` knows when the token expires, and the secrets are in their store.
    What there is to say of that concerns a person's own config only."""
    with closing(bootstrap.open_engine(profile)) as engine:
        engine.refresh(by_hand=True)


def _wait_for_tray(profile: ProfileContext) -> None:
    """Wait until no tray or `watch` runs for the profile, at most until a second Ctrl-C."""
    instance = bootstrap.instance(profile)
    if not instance.is_running():
        return
    echo()  # after the ^C
    echo("The tray still runs with this sandbox: quit it, or press Ctrl-C again to end anyway.")
    started = time.monotonic()
    while instance.is_running():
        try:
            threading.Event().wait(_LOOK_SECONDS)
        except KeyboardInterrupt as interrupt:
            # Shells forward a Ctrl-C, so that one may come twice.
            if interrupt.args or time.monotonic() >= started + DELIBERATE:
                return


def _forget(profile: ProfileContext) -> None:
    """Remove what the program has kept of the profile, even if a tray still runs for it: it gets no
    new token without its Webex, and so has nothing to keep."""
    if profile.folders.token_facts.exists():  # else nothing was kept, or `forget --all` was here
        with finish_before_interrupt(), redirect_stdout(io.StringIO()):
            remove([profile], although_running=True, everything=True)
    echo()  # after the ^C
    echo("All files of this sandbox are removed.")
    if bootstrap.instance(profile).is_running():
        echo("The tray that still runs has nothing left to show: quit it.")
