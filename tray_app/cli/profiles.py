"""`profiles`: add, list and remove configs that share one icon."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tray_app import bootstrap
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import CommandList
from tray_app.cli.output import echo, echo_lines
from tray_app.model.errors import ConfigError
from tray_app.system.dirs import AppDirs, absolute


@click.group(cls=CommandList)
def profiles() -> None:
    """Manage the profiles that share one icon."""


@profiles.command()
@click.argument("name")
@click.argument("config", type=click.Path(readable=False))
def add(name: str, config: str) -> int:
    """Add a profile: a NAME for its token-config.json.

    Each needs a .env of its own (tray.envFile).
    """
    folders, path = AppDirs.of_user(), absolute(config)
    registry = bootstrap.profiles(folders)
    outputs = bootstrap.read_config(bootstrap.ProfileContext(path, folders)).outputs
    for other, its in registry.all().items():
        if kept := _maintained(its, folders, [output.file for output in outputs]):
            sentence = (
                f"{other} and {name} would keep the same .env, {kept}: give one of them a .env of"
                " its own (tray.envFile)"
            )
            raise ConfigError(str(path), (sentence,))
    registry.add(name, path)
    echo(f"{name}: {path}; the tray shows it after its next start.")
    return Exit.GREEN


@profiles.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def list_(*, as_json: bool) -> int:
    """List the profiles, and the config of each."""
    found = bootstrap.profiles(AppDirs.of_user()).all()
    if as_json:
        echo_lines(json.dumps({name: str(path) for name, path in found.items()}, indent=2))
    elif found:
        width = max(map(len, found))
        for name, path in found.items():
            echo(f"{name:{width}}  {path}")
    else:
        echo("No profiles yet: webex-token-tray profiles add NAME CONFIG.")
    return Exit.GREEN


@profiles.command()
@click.argument("name")
def remove(name: str) -> int:
    """Take a profile off the list. Config, .env and secrets stay; `forget` removes secrets."""
    config = bootstrap.profiles(AppDirs.of_user()).remove(name)
    echo(f"{name} is off the list; left: {config}")
    return Exit.GREEN


def _maintained(config: Path, folders: AppDirs, files: list[str]) -> str:
    """The first of these files that the config also names as an output; "" if none, or if the
    config cannot be read."""
    from tray_app.config.profiles import is_same_file

    try:
        its = bootstrap.read_config(bootstrap.ProfileContext(config, folders)).outputs
    except ConfigError:
        return ""
    same = (file for file in files for other in its if is_same_file(Path(other.file), Path(file)))
    return next(same, "")
