"""The token in `.env`, and the secrets that renew it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

from tray_app import bootstrap
from tray_app.cli.doctor.config_checks import setup_helps
from tray_app.cli.doctor.finding import ConfiguredTarget, Finding, fault, ok, warning
from tray_app.cli.doctor.network_checks import TIMEOUT, elsewhere
from tray_app.config.parser import where_to_find
from tray_app.model.errors import EnvFileError, SecretFileError, Unreachable, VaultError
from tray_app.model.health import Fixer, Reason
from tray_app.model.renewal import StoreState
from tray_app.model.responses import Verdict
from tray_app.model.secret import Secret
from tray_app.model.signs import Colour
from tray_app.model.variables import SHAPES
from tray_app.storage.last_report import load_last_report
from tray_app.text.keyring import start
from tray_app.webex.api_base import checked_base

_APP_SECRET = "serviceApp.clientSecret"  # noqa: S105 - a name, not a value
_SECRET, _REFRESH = SHAPES[0][1:]
_FOUND_BY_RENEWAL = {
    Reason.WRONG_APP_SECRET,
    Reason.WRONG_APP_IDS,
    Reason.WRONG_INTEGRATION_SECRET,
    Reason.FORBIDDEN,
    Reason.BLOCKED,
    Reason.SIGN_IN_ENDED,
    Reason.PERSONAL_TOKEN_ENDED,
}
"""Reasons that only a renewal finds out."""


def token(target: ConfiguredTarget) -> Iterator[Finding]:
    """Whether Webex accepts the token. A 401 counts only if a second question confirms it."""
    try:
        found = bootstrap.env_file(target.config).read().access
    except EnvFileError:
        return  # reported by `env`
    if found is None:
        return
    try:
        with closing(bootstrap.webex(target.profile, timeout=TIMEOUT)) as webex:
            answer = webex.check(found)
            if answer.verdict is Verdict.REJECTED:
                answer = webex.check(found)
    except Unreachable:
        return  # reported by `webex`
    if answer.verdict is Verdict.REJECTED:
        yield fault("token", "Webex rejects the token in .env", "webex-token-tray refresh")
    elif answer.verdict is Verdict.UNDER_SCOPED:
        yield ok("token", "the one in .env works, without the right to list data sources")
    else:
        yield ok("token", "the one in .env works")


def keyring(target: ConfiguredTarget) -> Iterator[Finding]:
    """Whether the store of secrets answers without a prompt, and has what the config lacks."""
    config, vault = target.config, bootstrap.vault(target.profile)
    entries, integration = bootstrap.entries(target.profile, config), config.integration
    held: dict[str, Secret | None] = {}
    try:
        vault.load(entries.pair)  # asked even if the config has all the secrets itself
        held[_APP_SECRET] = config.service_app.client_secret or vault.load(entries.app_secret)
        personal_token = config.personal_access_token or vault.load(entries.personal_token)
        if integration is not None:
            name = entries.of_integration
            held[_SECRET] = integration.client_secret or vault.load(name("secret"))
            held[_REFRESH] = integration.refresh_token or vault.load(name("refresh"))
    except SecretFileError as error:
        yield fault("keyring", str(error), "repair that file: nothing is renewed without it")
        return
    except VaultError as error:
        remedy = "unlock it, or restart it: nothing is renewed without it"
        yield fault("keyring", str(error), remedy)
        return
    finally:
        vault.close()
    missing = [field for field, secret in held.items() if secret is None]
    if vault.state is StoreState.MEMORY:
        yield _no_keyring(missing)
        return  # a keyring that cannot be reached may hold more
    yield ok("keyring", _answers(vault.location))
    if config.keeps_secrets and config.in_file:
        yield ok("secrets", f"what is written in {target.profile.config_path} stays there")
    for field in missing:
        if field != _REFRESH:
            yield _missing(target, field, vault.location)
    if missing == [_REFRESH]:
        message = "the integration has no sign-in yet"
        yield warning("secrets", message, "webex-token-tray authorize")
    elif integration is None and personal_token is None:
        yield warning(
            "secrets",
            "there is neither an integration nor a personal access token: nothing mints a new token"
            " when the refresh token has expired",
            _by_setup(target, "add one to the config"),
        )
    elif not missing:
        yield _refused(target) or ok("secrets", "all that is needed is there")


def _answers(location: str) -> str:
    from tray_app.secrets.keyring_store import keyring_in_use
    from tray_app.secrets.store import KEYRING

    name = keyring_in_use() if location == KEYRING else "none"
    return f"{location} answers" if name.startswith("none") else f"{location} answers: {name}"


def _no_keyring(missing: Sequence[str]) -> Finding:
    from tray_app.secrets.keyring_store import keyring_in_use

    why = keyring_in_use().removeprefix("none: ")
    step = start(sys.platform)
    remedy = f'{step[0].lower()}{step[1:]}; on a server set tray.secretStore to "file"'
    if missing:
        message = f"{why}; the config leaves {', '.join(missing)} to it"
        return fault("keyring", message, f"run it where a keyring can be reached, or {remedy}")
    return warning("keyring", f"{why}: renewed tokens are lost when the program ends", remedy)


def _missing(target: ConfiguredTarget, field: str, location: str) -> Finding:
    message = f"{field} is neither in the config nor in {location}"
    if elsewhere(target.profile) is not None:
        return fault("secrets", message, "see webex")
    return fault(
        "secrets", message, f"{_by_setup(target, 'add it to the config')}; {where_to_find(field)}"
    )


def _by_setup(target: ConfiguredTarget, otherwise: str) -> str:
    return "webex-token-tray setup" if setup_helps(target.profile) else otherwise


def _refused(target: ConfiguredTarget) -> Finding | None:
    """What Webex refused at the last check; doctor does not try a renewal itself."""
    profile = target.profile
    last = load_last_report(
        profile.folders.token_facts,
        profile.config_path,
        checked_base(profile.api_base),
        now=datetime.now(UTC).timestamp(),
        max_age=timedelta(days=1).total_seconds(),
        may_write=False,
    )
    if last is None or last["object"]["reason"] not in _FOUND_BY_RENEWAL:
        return None
    report = last["object"]
    grade = fault if report["colour"] == Colour.RED else warning
    step = last["step"].removeprefix(f"Next ({Fixer.YOU}): ")
    return grade("secrets", f"the last check: {report['headline']}", step)
