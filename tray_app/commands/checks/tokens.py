"""The token in `.env`, and the secrets that renew it."""

from __future__ import annotations

from collections.abc import Iterator

from tray_app import wiring
from tray_app.adapters.fields import where
from tray_app.adapters.variables import SHAPES
from tray_app.commands.checks.case import Configured
from tray_app.commands.checks.finding import Finding, fault, ok, warning
from tray_app.commands.checks.network import PATIENCE
from tray_app.core.answers import Verdict
from tray_app.core.errors import EnvFileError, SecretFileError, Unreachable, VaultError
from tray_app.core.model import StoreState


def token(known: Configured) -> Iterator[Finding]:
    """Whether Webex takes the token; a 401 is asked about a second time before it is believed."""
    try:
        found = wiring.env_file(known.config).read().access
    except EnvFileError:
        return  # told by `env`
    if found is None:
        return
    webex = wiring.webex(known.setup, patience=PATIENCE)
    try:
        probe = webex.probe(found)
        if probe.verdict is Verdict.REJECTED:
            probe = webex.probe(found)
    except Unreachable:
        return  # told by `webex`
    finally:
        webex.close()
    if probe.verdict is Verdict.REJECTED:
        yield fault("token", "Webex rejects the token in .env", "webex-token-tray refresh")
    elif probe.verdict is Verdict.UNDER_SCOPED:
        yield ok("token", "the one in .env works, without the right to list data sources")
    else:
        yield ok("token", "the one in .env works")


def keyring(known: Configured) -> Iterator[Finding]:
    """Whether the store of secrets answers, without a question to the person, and has what the
    config leaves to it."""
    config, vault = known.config, wiring.vault(known.setup)
    entries, integration = wiring.entries(known.setup, config), config.integration
    try:
        app_secret = config.service_app.client_secret or vault.load(entries.app_secret)
        pasted = config.personal_access_token or vault.load(entries.pasted)
        secret = refresh = None
        if integration is not None:
            secret = integration.client_secret or vault.load(entries.of_integration("secret"))
            refresh = integration.refresh_token or vault.load(entries.of_integration("refresh"))
    except SecretFileError as error:
        yield fault("keyring", str(error), "mend that file: nothing is renewed without it")
        return
    except VaultError as error:
        yield fault(
            "keyring", str(error), "unlock it, or start it anew: nothing is renewed without"
        )
        return
    finally:
        vault.close()
    yield _store(vault.state, vault.place)
    if app_secret is None:
        yield _missing("serviceApp.clientSecret")
    if integration is not None and secret is None:
        yield _missing(SHAPES[0][1])
    elif integration is not None and refresh is None:
        yield warning(
            "secrets", "nobody has signed in to the integration", "webex-token-tray authorize"
        )
    elif integration is None and pasted is None:
        yield warning(
            "secrets",
            "there is neither an integration nor a personal access token: nothing mints a new token"
            " when the refresh token has ended",
            "webex-token-tray setup",
        )
    elif app_secret is not None:
        yield ok("secrets", "all that is needed is kept")


def _store(state: StoreState, place: str) -> Finding:
    from tray_app.adapters.store import keyring_in_use

    name = keyring_in_use() if place == "the keyring" else ""
    if state is not StoreState.MEMORY:
        return ok("keyring", f"{place} answers{f': {name}' if name else ''}")
    return warning(
        "keyring",
        f"{name}: renewed tokens are lost when the program ends",
        'start gnome-keyring, KWallet or KeePassXC; on a server set tray.secretStore to "file"',
    )


def _missing(field: str) -> Finding:
    says = f"{field} is neither in the config nor in the keyring"
    return fault("secrets", says, f"webex-token-tray setup; {where(field)}")
