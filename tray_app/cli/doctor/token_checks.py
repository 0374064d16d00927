"""The token in `.env`, and the secrets that renew it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from tray_app import bootstrap
from tray_app.cli.doctor.config_checks import setup_helps
from tray_app.cli.doctor.finding import Finding, fault, ok, warning
from tray_app.cli.doctor.network_checks import TIMEOUT
from tray_app.cli.doctor.target import ConfiguredTarget
from tray_app.config.parser import where
from tray_app.model.errors import EnvFileError, SecretFileError, Unreachable, VaultError
from tray_app.model.health import Reason
from tray_app.model.renewal import StoreState
from tray_app.model.responses import Verdict
from tray_app.model.secret import Secret
from tray_app.model.signs import Colour
from tray_app.model.variables import SHAPES
from tray_app.storage.last_report import last_report
from tray_app.webex.api_base import checked_base

_APP_SECRET = "serviceApp.clientSecret"  # noqa: S105 - a name, not a value
_SECRET, _REFRESH = SHAPES[0][1:]
_TOLD_BY_WEBEX = {
    Reason.WRONG_APP_SECRET,
    Reason.WRONG_APP_IDS,
    Reason.WRONG_INTEGRATION_SECRET,
    Reason.FORBIDDEN,
    Reason.SIGN_IN_ENDED,
    Reason.PERSONAL_TOKEN_ENDED,
}
"""What only a renewal finds out."""


def token(known: ConfiguredTarget) -> Iterator[Finding]:
    """Whether Webex takes the token; a 401 is asked about a second time before it is believed."""
    try:
        found = bootstrap.env_file(known.config).read().access
    except EnvFileError:
        return  # told by `env`
    if found is None:
        return
    webex = bootstrap.webex(known.setup, timeout=TIMEOUT)
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


def keyring(known: ConfiguredTarget) -> Iterator[Finding]:
    """Whether the store of secrets answers, without a question to the person, and has what the
    config leaves to it."""
    config, vault = known.config, bootstrap.vault(known.setup)
    entries, integration = bootstrap.entries(known.setup, config), config.integration
    held: dict[str, Secret | None] = {}
    try:
        vault.load(entries.pair)  # asked in any case: the config may have all the secrets itself
        held[_APP_SECRET] = config.service_app.client_secret or vault.load(entries.app_secret)
        pasted = config.personal_access_token or vault.load(entries.personal_token)
        if integration is not None:
            name = entries.of_integration
            held[_SECRET] = integration.client_secret or vault.load(name("secret"))
            held[_REFRESH] = integration.refresh_token or vault.load(name("refresh"))
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
    missing = [field for field, secret in held.items() if secret is None]
    if vault.state is StoreState.MEMORY:
        yield _no_keyring(missing)
        return  # what it may hold cannot be known
    yield ok("keyring", _answers(vault.location))
    if config.keeps_secrets and config.in_file:
        yield ok("secrets", f"what is written in {known.setup.config_path} stays there")
    for field in missing:
        if field != _REFRESH:
            yield _missing(known, field, vault.location)
    if missing == [_REFRESH]:
        yield warning(
            "secrets", "nobody has signed in to the integration", "webex-token-tray authorize"
        )
    elif integration is None and pasted is None:
        yield warning(
            "secrets",
            "there is neither an integration nor a personal access token: nothing mints a new token"
            " when the refresh token has ended",
            _by_setup(known, "add one to the config"),
        )
    elif not missing:
        yield _refused(known) or ok("secrets", "all that is needed is kept")


def _answers(place: str) -> str:
    from tray_app.secrets.keyring_store import keyring_in_use

    name = keyring_in_use() if place == "the keyring" else "none"
    return f"{place} answers" if name.startswith("none") else f"{place} answers: {name}"


def _no_keyring(missing: Sequence[str]) -> Finding:
    from tray_app.secrets.keyring_store import keyring_in_use

    why = keyring_in_use().removeprefix("none: ")
    remedy = 'start gnome-keyring, KWallet or KeePassXC; on a server set tray.secretStore to "file"'
    if missing:
        says = f"{why}; the config leaves {', '.join(missing)} to it"
        return fault("keyring", says, f"run it where a keyring can be reached, or {remedy}")
    return warning("keyring", f"{why}: renewed tokens are lost when the program ends", remedy)


def _missing(known: ConfiguredTarget, field: str, place: str) -> Finding:
    says = f"{field} is neither in the config nor in {place}"
    return fault("secrets", says, f"{_by_setup(known, 'add it to the config')}; {where(field)}")


def _by_setup(known: ConfiguredTarget, otherwise: str) -> str:
    return "webex-token-tray setup" if setup_helps(known.setup) else otherwise


def _refused(known: ConfiguredTarget) -> Finding | None:
    """What Webex has refused at the last check: it is not asked for that here."""
    setup = known.setup
    last = last_report(
        setup.folders.token_facts,
        setup.config_path,
        checked_base(setup.api_base),
        now=datetime.now(UTC).timestamp(),
        max_age=timedelta(days=1).total_seconds(),
        tidies=False,
    )
    if last is None or last["object"]["reason"] not in _TOLD_BY_WEBEX:
        return None
    said = last["object"]
    grade = fault if said["colour"] == Colour.RED else warning
    return grade("secrets", f"the last check: {said['headline']}", said["next_step"] or "")
