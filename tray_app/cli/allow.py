"""`allow`: approve a config that is found in the working directory."""

from __future__ import annotations

from pathlib import Path

import click

from tray_app import approvals, bootstrap
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import profile_options, selected_profile
from tray_app.cli.output import echo, echo_lines
from tray_app.model.errors import ConfigError
from tray_app.model.output import Output
from tray_app.model.printable import printable, quoted
from tray_app.policy.approval import Approval
from tray_app.system.dirs import CONFIG_NAME, AppDirs, absolute, as_found, locate_config, real_path


@click.command()
@click.argument("path", required=False, type=click.Path(readable=False))
@click.option("--shared", is_flag=True, help="Even if others can write it, or a folder above it.")
@click.option("--revoke", is_flag=True, help="Take the approval back.")
@profile_options
@click.pass_context
def allow(context: click.Context, *, path: str | None, shared: bool, revoke: bool) -> int:
    """Approve a token-config.json that was only found.

    PATH is the file or its folder, by default the working directory. Until then the config gets
    neither the keyring nor the secrets file, and its commands do not run. You are asked again if
    its owner, appId, targetOrgId, envFile, outputs, onTokenChange or onStateChange change.
    """
    config = _config_at(path)
    context.ensure_object(dict).update(config=(str(config),), profile=())
    profile = selected_profile(context)
    if revoke:
        for name in approvals.revoke(profile) or (f"nothing: {config} was not approved",):
            echo(f"removed: {name}")
        return Exit.GREEN
    if (
        bootstrap.admission(profile).own_secrets().exists()
        and bootstrap.instance(profile).is_running()
    ):
        fault = "the tray or watch runs for it with secrets of its own: end that, then allow it"
        raise ConfigError(str(config), (fault,))
    wanted = approvals.wanted(profile)
    approvals.approve(profile, shared=shared)
    echo_lines(as_text(wanted))
    return Exit.GREEN


def as_text(wanted: Approval, done: str = "allowed") -> str:
    """Return what is approved or imported, in lines."""
    rows = {
        done: wanted.path,
        "app": wanted.app_id,
        "organization": wanted.organization,
    }
    lines = [f"{name:13}{printable(value)}" for name, value in rows.items()]
    for output in wanted.outputs or (Output(wanted.env_file),):
        lines.append(f"{'writes':13}{_with_link(output.file)}")
        if output.template:
            lines.append(f"{'by template':13}{_with_link(output.template)}")
    lines.append(f"{'runs':13}{printable(quoted(*wanted.command) or 'nothing')}")
    if wanted.state_command:
        lines.append(f"{'also runs':13}{printable(quoted(*wanted.state_command))}")
    return "\n".join(lines)


def _with_link(path: str) -> str:
    real = str(real_path(Path(path)))
    return printable(path + (f", a link to {real}" if real != path else ""))


def _config_at(path: str | None) -> Path:
    """The config, spelled as it is found from within its folder. PATH may be that folder."""
    if path is None:
        found, is_found = locate_config(None, {}, AppDirs.of_user())
        if not is_found:
            raise click.UsageError(f"There is no {CONFIG_NAME} in this folder to allow; name one.")
        return found
    named = absolute(path)
    return as_found(named / CONFIG_NAME if named.is_dir() else named)
