"""`forget`: remove what belongs to one profile alone; keep and name what others share."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import click

from tray_app import approvals, bootstrap
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import may_prompt, profile_options, selected_profile
from tray_app.cli.output import echo, echo_lines
from tray_app.cli.watch import uninstall, unit_of
from tray_app.config.profiles import is_same_file
from tray_app.desktop.install.autostart import login_item
from tray_app.model.permissions import LOOK
from tray_app.model.printable import printable
from tray_app.service.engine import Engine
from tray_app.service.other_profiles import OtherProfile
from tray_app.system import atomic_file, log
from tray_app.system.directory_fd import Entry
from tray_app.system.locks import remove_unused
from tray_app.system.own_folder import own_entry


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@profile_options
@click.pass_context
def forget(context: click.Context, *, yes: bool) -> int:
    """Remove what belongs to this profile alone.

    It lists first what goes: secrets, and what is known about the tokens. What other profiles use
    is kept, and so are the config and `.env`: they are yours. Quit the tray first.

    Exit code: 0; 130 if you declined, 3 if the tray or `watch` is running.
    """
    profile = selected_profile(context, may_prompt(LOOK))
    if not unit_of(profile).path.exists() and bootstrap.instance(profile).is_running():
        echo(f"Already running for {profile.config_path}: quit it first.", err=True)
        return Exit.ALREADY_RUNNING
    remove(profile, yes=yes)
    return Exit.GREEN


def remove(
    profile: bootstrap.ProfileContext, *, yes: bool = True, although_running: bool = False
) -> None:
    """Remove what belongs to this profile alone, and print what was removed, kept and left.

    `yes`: do not ask; `although_running`: also under a tray that still runs, which must not be able
    to get new tokens any more. Raises Busy, ConfigError, VaultError, click.Abort.
    """
    gone: frozenset[Path] = frozenset()
    instance = bootstrap.instance(profile)
    with closing(bootstrap.open_engine(profile)) as engine:
        yours = _yours(profile, [output.file for output in engine.config.outputs])
        if not yes:
            gone = _confirm_gone(profile)
            _print_plan(_plan(profile, engine, gone), yours)
            click.confirm("Remove this?", abort=True)
        if unit_of(profile).path.exists():
            uninstall(profile)
        # A running tray would write it all again.
        with nullcontext() if although_running else instance.acquire():
            plan = _plan(profile, engine, gone)  # as it is now
            for name in engine.forget(plan.kept_names):
                echo(f"removed from {name}")
    item = login_item(profile)
    if item.is_on():
        item.turn_off()
        echo(f"removed: {item.location}")
    for name in approvals.revoke(profile):
        echo(f"removed: {name}")
    kept = plan.kept if plan.others else [*plan.kept, *_remove_shared(profile)]
    for line in kept:
        echo(f"kept: {line}")
    for line in yours:
        echo(f"left: {line}")
    for line in plan.advice:
        echo(line)


@dataclass(frozen=True, slots=True)
class _Plan:
    """`removed`, `kept`: lines to print; `kept_names`: entries that other profiles use, too."""

    others: Sequence[OtherProfile]
    removed: Sequence[str]
    kept: Sequence[str]
    kept_names: frozenset[str]

    @property
    def advice(self) -> list[str]:
        """How to get rid of profiles that cannot be read, and so may share anything."""
        return [_advice(other) for other in self.others if other.names is None]


def _confirm_gone(profile: bootstrap.ProfileContext) -> frozenset[Path]:
    """Ask about each profile whose config is gone and that no list names any more."""
    return frozenset(
        other.path
        for other in bootstrap.other_profiles(profile)
        if other.is_remnant
        and click.confirm(f"{other.path} is gone. For good, so that it needs nothing any more?")
    )


def _plan(profile: bootstrap.ProfileContext, engine: Engine, gone: frozenset[Path]) -> _Plan:
    """`gone`: configs that no longer count. Raises ConfigError, VaultError."""
    names = bootstrap.entries(profile, engine.config)
    known = bootstrap.other_profiles(profile)
    others = [it for it in known if not (it.is_remnant and it.path in gone)]
    removed, kept, kept_names = [], [], set()
    for name, place in engine.found_secrets():
        # A profile that is not approved has a secrets file of its own: it shares no entry.
        users = [it.label for it in others if profile.is_approved and it.uses(name)]
        line = f"{names.describe(name)} ({place}: {name})"
        if users:
            kept_names.add(name)
            kept.append(f"{line}, used by {', '.join(users)}")
        else:
            removed.append(line)
    removed.append("its history, its last report, its approval and what is known of its tokens")
    if unit_of(profile).path.exists():
        removed.append(str(unit_of(profile).path))
    if login_item(profile).is_on():
        removed.append(login_item(profile).location)
    if others:
        labels = ", ".join(other.label for other in others)
        kept += [f"{what}, used by {labels}" for what in _shared_paths(profile)]
    else:
        removed += _shared_paths(profile)
    return _Plan(others, removed, kept, frozenset(kept_names))


def _advice(other: OtherProfile) -> str:
    if other.release_steps:
        step = f"{' and '.join(other.release_steps)}, then forget again"
    elif other.is_remnant:
        step = "forget again without --yes, which asks about it"
    else:
        step = "repair or remove its config, then forget again"
    return f"{other.label}, may use what was kept. If it is no longer needed: {step}."


def _print_plan(plan: _Plan, yours: Sequence[str]) -> None:
    sections = (
        ("To be removed:", plan.removed),
        ("Kept:", plan.kept),
        ("Left, since it is yours:", yours),
    )
    for title, lines in sections:
        if lines:
            echo_lines("\n  ".join((title, *map(printable, lines))))
    for line in plan.advice:
        echo(line)


def _yours(profile: bootstrap.ProfileContext, outputs: list[str]) -> list[str]:
    listed = [
        f"the name {name} in `profiles list` (profiles remove takes it away)"
        for name, path in bootstrap.profiles(profile.folders).all().items()
        if is_same_file(path, profile.config_path)
    ]
    return [str(profile.config_path), *outputs, *listed]


def _shared_paths(profile: bootstrap.ProfileContext) -> list[str]:
    """What all profiles of a user share, as far as it exists."""
    folders = profile.folders
    shared = {
        "the database": folders.token_facts,
        "the log": folders.log_file,
        "the folder of locks": folders.locks,
    }
    return [f"{what} {path}" for what, path in shared.items() if os.path.exists(path)]  # noqa: PTH110


def _remove_shared(profile: bootstrap.ProfileContext) -> Iterator[str]:
    """Remove what all profiles share, as there is no other; yield what is kept, and why."""
    folders = profile.folders
    had_locks = os.path.exists(folders.locks)  # noqa: PTH110 - never raises
    try:
        are_free = remove_unused(folders.locks)
        if are_free and not folders.secrets.exists():  # else another profile has secrets there
            remove_unused(folders.data)
    except OSError as error:
        yield f"{folders.locks}: {atomic_file.error_text(error)}"
        are_free = True
    if not are_free:
        for what in _shared_paths(profile):
            yield f"{what}, used by a program that runs now"
        return
    if had_locks and not os.path.exists(folders.locks):  # noqa: PTH110
        echo(f"removed: {folders.locks}")
    log.stop()
    for folder, pattern in (
        (folders.state, f"{folders.token_facts.stem}.*"),
        (folders.log, f"{folders.log_file.name}*"),
    ):
        try:
            with own_entry(folder / "any") as entry:
                for name in sorted(fnmatch.filter(entry.directory.names(), pattern)):
                    Entry(entry.directory, name).unlink()
                    echo(f"removed: {folder / name}")
        except FileNotFoundError:
            continue
        except OSError as error:
            yield f"{folder}: {atomic_file.error_text(error)}"
    for folder in (folders.state, folders.log, folders.data):
        # Config or secrets may be in it; a link of another user may lead to it.
        with suppress(OSError), own_entry(folder) as entry:
            entry.rmdir()
