"""The config and its ids, the redirect URI, file permissions, `.env`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tray_app import bootstrap
from tray_app.cli.doctor.finding import ConfiguredTarget, Finding, Target, fault, ok, warning
from tray_app.config.file import ConfigFile, app_warnings
from tray_app.model import webex_ids
from tray_app.model.credentials import Pair
from tray_app.model.errors import ConfigError, EnvFileError
from tray_app.model.printable import quoted
from tray_app.model.secret import Secret
from tray_app.model.settings import Config
from tray_app.policy.approval import allow_command
from tray_app.storage.output_file import OutputFile
from tray_app.system.config_commands import STATE_CHANGE, TOKEN_CHANGE, Change, why_not_run
from tray_app.system.dirs import POSIX, is_private
from tray_app.system.git import Tracking, tracking

_SETUP, _REFRESH = "webex-token-tray setup", "webex-token-tray refresh"
_EXAMPLE = Pair(Secret("example"), Secret("example"))
"""Would be written, if this were no check."""
_ASKED = ("serviceApp.", "tokenManager.")
"""Fields that `setup` asks for."""


def check_config(target: Target) -> tuple[list[Finding], Config | None]:
    """Return the findings about the config, and the config itself if it can be used."""
    path = target.profile.config_path
    if not path.exists():
        return [fault("config", f"{path} does not exist", _SETUP)], None
    try:
        config = bootstrap.read_config(target.profile)
    except ConfigError as error:
        return list(_faulty(target.profile, error.faults)), None
    unknown = ConfigFile(path).unknown_keys()
    if unknown:
        remedy = "correct or remove it; a key that begins with _ is yours"
        return [warning("config", f"{path}: {message}", remedy) for message in unknown], config
    if not target.profile.is_approved:
        message = f"{path} was only found here and is not approved: it gets none of your secrets"
        return [warning("config", message, allow_command(str(path)))], config
    whose = ", of another user, whose secrets are kept apart from yours" if config.owner else ""
    return [ok("config", f"{path}{whose}")], config


def setup_helps(profile: bootstrap.ProfileContext) -> bool:
    """Whether `setup` can edit this config in this place."""
    try:
        bootstrap.draft(profile).check_writable()
    except ConfigError:
        return False
    return True


def _faulty(profile: bootstrap.ProfileContext, faults: Sequence[str]) -> Iterator[Finding]:
    """A finding for each fault, but only one for a template that is not filled in."""
    path = profile.config_path
    if path.is_dir():
        yield fault("config", f"{path} is a directory", f"move it away: {_SETUP}")
        return
    if not os.access(path, os.R_OK):
        yield fault("config", f"{path}: {faults[0]}", "let this user read it")
        return
    can_edit = setup_helps(profile)
    if can_edit and all("placeholder" in message for message in faults):
        yield fault("config", f"{path} is not filled in yet", _SETUP)
        return
    for message in faults:
        asked = can_edit and message.startswith(_ASKED)
        remedy = f"correct it there, or: {_SETUP}" if asked else "correct it there"
        yield fault("config", f"{path}: {message}", remedy)


def ids(target: ConfiguredTarget) -> Iterator[Finding]:
    """Whether the ids belong together, as far as one can see from them."""
    app = target.config.service_app
    warnings = [
        warning("ids", sentence, "compare both with the service app's page at developer.webex.com")
        for sentence in app_warnings(app)
    ]
    yield from warnings
    try:
        token = bootstrap.env_file(target.config).read().access
    except EnvFileError:
        return  # reported by `env`
    if token is not None and webex_ids.contradicts(token, app.target_org_id):
        organization = webex_ids.token_organization(token)
        yield fault(
            "ids",
            f"the token in .env belongs to another organization ({organization}) than targetOrgId",
            f"{_REFRESH} replaces it; or correct serviceApp.targetOrgId",
        )
    elif not warnings:
        yield ok("ids", "app id, client id and organization fit together")


def redirect(target: ConfiguredTarget) -> Iterator[Finding]:
    """Whether a sign-in could be received now."""
    from tray_app.loopback.server import PortUnusable, listen

    integration = target.config.integration
    if integration is None:
        yield ok("redirect", "not needed: no integration is configured")
        return
    uri, port = integration.redirect.uri, integration.redirect.port
    try:
        listeners = listen(port)
    except PortUnusable as error:
        yield warning(
            "redirect",
            f"a sign-in could not be received at {uri}: {error}",
            "close what listens there, register another redirect URI, or: webex-token-tray"
            " authorize --paste",
        )
        return
    for listener in listeners:
        listener.close()
    yield ok("redirect", f"port {port} is free; {uri} must be registered exactly like this")


def permissions(target: ConfiguredTarget) -> Iterator[Finding]:
    """Whether other users can read the files that hold secrets."""
    if not POSIX:
        message = "who has access to config and .env was not looked at: see Properties, Security"
        yield ok("permissions", message)
        return
    folders, written = target.profile.folders, list(_to_write(target))
    paths = (target.profile.config_path, *written, folders.secrets)
    shared = [path for path in paths if _is_shared(path)]
    for path in shared:
        message = f"other users of this machine have access to {path}"
        yield warning("permissions", message, f"chmod 600 {quoted(str(path))}")
    if not shared:
        both = "config and .env" if len(written) == len(target.config.outputs) else "the config"
        yield ok("permissions", f"only you have access to {both}")


def _to_write(target: ConfiguredTarget) -> Iterator[Path]:
    """The outputs that may get tokens: another one may have to be readable, as /etc/passwd has."""
    for output in target.config.outputs:
        file = OutputFile(output, target.config.written_by)
        try:
            refusal = file.refusal()
        except EnvFileError:  # reported by `env`
            refusal = ""
        if not refusal:
            yield file.path


def _is_shared(path: Path) -> bool:
    try:
        return path.is_file() and not is_private(path)
    except OSError:  # reported by another check
        return False


def git(target: ConfiguredTarget) -> Iterator[Finding]:
    """Whether git tracks, or would add, a file with secrets."""
    files = dict.fromkeys(target.output_files, True)
    files[target.profile.config_path] = bool(target.config.in_file)
    found = {path: tracking(path) for path in files}
    bad = {Tracking.TRACKED: _tracked, Tracking.EXPOSED: _exposed}
    warnings = [bad[how](path) for path, how in found.items() if files[path] and how in bad]
    yield from warnings
    unknown = [path for path, how in found.items() if how is Tracking.UNKNOWN]
    if unknown:
        why = "git is not installed or did not answer, or the repository is another user's"
        yield ok("git", f"not known whether git has {unknown[0]}: {why}")
    elif not warnings:
        yield ok("git", "git tracks no file with secrets, and would add none")


def _tracked(path: Path) -> Finding:
    name = quoted(str(path))
    return warning(
        "git",
        f"{path} holds secrets, and is tracked by git",
        f"git rm --cached {name}, and add it to .gitignore; what was pushed is no longer secret",
    )


def _exposed(path: Path) -> Finding:
    message = f"{path} is for secrets, and git does not ignore it: `git add` would add it"
    return warning("git", message, "add it to .gitignore")


def env(target: ConfiguredTarget) -> Iterator[Finding]:
    """Whether each output exists, can be read, and could be written; `.env` is the first."""
    for output in target.config.outputs:
        yield _output(OutputFile(output, target.config.written_by))


def _output(file: OutputFile) -> Finding:
    path, real, key = file.path, Path(os.path.realpath(file.path)), file.output.key
    if real.is_dir():
        return fault("env", f"{path} is a directory", f"move it away, or correct {key}")
    if not real.parent.is_dir():
        return fault("env", f"the folder of {path} does not exist", f"make it, or correct {key}")
    try:
        file.lacks(_EXAMPLE)
        tokens, (refusal, _, remedy) = file.read(), file.refusal().partition("; ")
    except EnvFileError as error:
        remedy = "make it a text file that you can read and write"
        if not file.output.is_usual:
            remedy = f"correct it, or name another file in {key}"
        return fault("env", str(error), remedy)
    if not real.exists():
        if not os.access(real.parent, os.W_OK | os.X_OK):
            message = f"{path} cannot be made: {real.parent} is not writable"
            return fault("env", message, "make it writable")
        return warning("env", f"{path} does not exist yet", _REFRESH)
    blocked = [place for place in (real, real.parent) if not os.access(place, os.W_OK)]
    if blocked:
        message = f"{path} cannot be written: {blocked[0]} is not writable"
        return fault("env", message, "make it writable")
    if refusal:
        return fault("env", f"{path} gets no token: {refusal}", remedy)
    if tokens.access is None:
        return fault("env", f"{path} holds no token", _REFRESH)
    return ok("env", f"{path} holds a token, and can be written")


def commands(target: ConfiguredTarget) -> Iterator[Finding]:
    """Whether each command would be run. None is."""
    config, path = target.config, target.profile.config_path.absolute()
    named = {TOKEN_CHANGE: config.on_token_change, STATE_CHANGE: config.on_state_change}
    for key, command in named.items():
        if not command:
            continue
        why = why_not_run(Change(command, target.env_file, path, config.written_by, key=key))
        if why:
            yield warning("commands", f"{key}: {quoted(command[0])}: {why}", f"correct {key}")
        else:
            yield ok("commands", f"{key}: {quoted(*command)}")
    if not any(named.values()):
        yield ok("commands", "the config names none")
