"""The config itself, its ids, the redirect URI, and who may read what."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tray_app import bootstrap
from tray_app.cli.doctor.finding import Finding, fault, ok, warning
from tray_app.cli.doctor.target import ConfiguredTarget, Target
from tray_app.config.file import ConfigFile, app_warnings
from tray_app.model import webex_ids
from tray_app.model.errors import ConfigError, EnvFileError
from tray_app.model.printable import quoted
from tray_app.model.settings import Config
from tray_app.policy.approval import allow_command
from tray_app.system.dirs import is_private


def opened(case: Target) -> tuple[list[Finding], Config | None]:
    """Read the config: what is to be said of it, and itself where it can be used."""
    path = case.setup.config_path
    if not path.exists():
        return [fault("config", f"{path} is not there", "webex-token-tray setup")], None
    try:
        config = bootstrap.read_config(case.setup)
    except ConfigError as error:
        return list(_faulty(case.setup, error.faults)), None
    odd = ConfigFile(path).unknown_keys()
    if odd:
        remedy = "correct or remove it; a key that begins with _ is yours"
        return [warning("config", f"{path}: {says}", remedy) for says in odd], config
    if not case.setup.is_approved:
        says = f"{path} was only found here, and is not approved: none of your secrets are for it"
        return [warning("config", says, allow_command(str(path)))], config
    return [ok("config", str(path))], config


_ASKED = ("serviceApp.", "tokenManager.")
"""Fields that `setup` asks for."""


def setup_helps(setup: bootstrap.ProfileContext) -> bool:
    """Whether `setup` takes the config as it is and where it is."""
    try:
        bootstrap.draft(setup).check_place()
    except ConfigError:
        return False
    return True


def _faulty(setup: bootstrap.ProfileContext, faults: Sequence[str]) -> Iterator[Finding]:
    """A finding for each fault, but one alone for a template that nobody has filled in."""
    path = setup.config_path
    if path.is_dir():
        yield fault("config", f"{path} is a directory", "move it away: webex-token-tray setup")
        return
    if not os.access(path, os.R_OK):
        yield fault("config", f"{path}: {faults[0]}", "let this user read it")
        return
    setup_takes_it = setup_helps(setup)
    if setup_takes_it and all("placeholder" in says for says in faults):
        yield fault("config", f"{path} is not filled in yet", "webex-token-tray setup")
        return
    for says in faults:
        asked = setup_takes_it and says.startswith(_ASKED)
        remedy = "correct it there, or: webex-token-tray setup" if asked else "correct it there"
        yield fault("config", f"{path}: {says}", remedy)


def ids(known: ConfiguredTarget) -> Iterator[Finding]:
    """Whether the ids belong together, as far as they tell."""
    app = known.config.service_app
    odd = [
        warning("ids", sentence, "compare both with the service app's page at developer.webex.com")
        for sentence in app_warnings(app)
    ]
    yield from odd
    try:
        token = bootstrap.env_file(known.config).read().access
    except EnvFileError:
        return  # told where .env is looked at
    if token is not None and webex_ids.contradicts(token, app.target_org_id):
        named = webex_ids.token_organization(token)
        yield fault(
            "ids",
            f"the token in .env belongs to another organization ({named}) than targetOrgId",
            "webex-token-tray refresh replaces it; or correct serviceApp.targetOrgId",
        )
    elif not odd:
        yield ok("ids", "app id, client id and organization fit together")


def redirect(known: ConfiguredTarget) -> Iterator[Finding]:
    """Whether a sign-in could be received now."""
    from tray_app.sign_in.callback_port import PortUnusable, listen

    integration = known.config.integration
    if integration is None:
        yield ok("redirect", "not needed: no integration is configured")
        return
    place = integration.redirect
    try:
        doors = listen(place.port)
    except PortUnusable as error:
        yield warning(
            "redirect",
            f"a sign-in could not be received at {place.uri}: {error}",
            "close what listens there, register another redirect URI, or: webex-token-tray"
            " authorize --paste",
        )
        return
    for door in doors:
        door.close()
    yield ok("redirect", f"port {place.port} is free; {place.uri} must be registered just so")


def permissions(known: ConfiguredTarget) -> Iterator[Finding]:
    """Who else can read what holds secrets."""
    odd = False
    for path in (known.setup.config_path, known.env_file, known.setup.folders.secrets):
        for says in _open_to_others(path):
            odd = True
            yield warning("permissions", says, f"chmod 600 {quoted(str(path))}")
    if not odd:
        yield ok("permissions", "config and .env are for you alone")


def _open_to_others(path: Path) -> Iterator[str]:
    try:
        if path.is_file() and not is_private(path):
            yield f"other users of this machine have access to {path}"
    except OSError:  # not there, or not ours to look at: told elsewhere
        return


_REFRESH = "webex-token-tray refresh"


def env(known: ConfiguredTarget) -> Iterator[Finding]:
    """Whether it is there, can be read, and could be written."""
    path, real = known.env_file, Path(os.path.realpath(known.env_file))
    if not real.exists():
        folder = real.parent
        if not folder.is_dir():
            yield fault(
                "env", f"the folder of {path} is not there", "make it, or correct tray.envFile"
            )
        elif not os.access(folder, os.W_OK | os.X_OK):
            yield fault(
                "env", f"{path} cannot be made: {folder} is not writable", "make it writable"
            )
        else:
            yield warning("env", f"{path} is not there yet", _REFRESH)
        return
    if real.is_dir():
        yield fault("env", f"{path} is a directory", "move it away, or correct tray.envFile")
        return
    try:
        file = bootstrap.env_file(known.config)
        tokens, (refusal, _, remedy) = file.read(), file.refusal().partition("; ")
    except EnvFileError as error:
        yield fault("env", str(error), "make it a text file that you can read and write")
        return
    blocked = [place for place in (real, real.parent) if not os.access(place, os.W_OK)]
    if blocked:
        yield fault(
            "env", f"{path} cannot be written: {blocked[0]} is not writable", "make it writable"
        )
    elif refusal:
        yield fault("env", f"{path} gets no token: {refusal}", remedy)
    elif tokens.access is None:
        yield fault("env", f"{path} holds no token", _REFRESH)
    else:
        yield ok("env", f"{path} holds a token, and can be written")
