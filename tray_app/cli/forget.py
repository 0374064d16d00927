"""`forget`: what is one profile's alone is removed; what others share is kept, each thing named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from tray_app import approvals, bootstrap
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import may_prompt, profile_options, selected_profile
from tray_app.cli.other_profiles import OtherProfile, other_profiles
from tray_app.cli.output import echo, echo_lines
from tray_app.cli.watch import uninstall, unit_of
from tray_app.config.profiles import same
from tray_app.desktop.install.autostart import login_item
from tray_app.model.permissions import LOOK
from tray_app.model.printable import printable
from tray_app.service.engine import Engine
from tray_app.system import atomic_file, log
from tray_app.system.locks import remove_unused
from tray_app.system.own_folder import verify_own_folder


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@profile_options
@click.pass_context
def forget(context: click.Context, *, yes: bool) -> int:
    """Remove what belongs to this profile alone: its secrets, and what is known about it.

    It is listed first. What other profiles use is kept, and so are the config and `.env`: they are
    yours. Quit the tray first.

    Exit code: 0; 130 if you declined, 3 if the tray or `watch` is running.
    """
    profile = selected_profile(context, may_prompt(LOOK))
    if not unit_of(profile).path.exists() and bootstrap.instance(profile).runs():
        echo(f"Already running for {profile.config_path}: quit it first.", err=True)
        return Exit.ALREADY_RUNNING
    engine = bootstrap.open_engine(profile)
    env_file = engine.config.env_file
    gone: frozenset[Path] = frozenset()
    try:
        if not yes:
            gone = _confirm_gone(profile)
            _show(_plan(profile, engine, gone))
            click.confirm("Remove this?", abort=True)
        if unit_of(profile).path.exists():
            uninstall(profile)
        with bootstrap.instance(profile).acquire():  # a tray that runs would write it all anew
            plan = _plan(profile, engine, gone)  # as it is now
            for name in engine.forget(plan.kept_names):
                echo(f"removed from {name}")
    finally:
        engine.close()
    item = login_item(profile)
    if item.is_on():
        item.turn_off()
        echo(f"removed: {item.place}")
    for name in approvals.revoke(profile):
        echo(f"removed: {name}")
    kept = list(plan.kept)
    if not plan.others:
        kept += list(_remove_shared(profile))
    for line in kept:
        echo(f"kept: {line}")
    for line in _yours(profile, env_file):
        echo(f"left: {line}")
    for line in plan.advice:
        echo(line)
    return Exit.GREEN


@dataclass(frozen=True, slots=True)
class _Plan:
    """`goes`, `kept`: a line each; `kept_names`: entries that others use, too; `advice`: how to
    let go of profiles that cannot be read."""

    others: Sequence[OtherProfile]
    goes: Sequence[str]
    kept: Sequence[str]
    kept_names: frozenset[str]
    yours: Sequence[str]
    advice: Sequence[str]


def _confirm_gone(profile: bootstrap.ProfileContext) -> frozenset[Path]:
    """Ask about each profile that is known only from what it left, and whose config is gone."""
    return frozenset(
        other.path
        for other in other_profiles(profile)
        if other.is_remnant
        and click.confirm(f"{other.path} is gone. For good, so that it needs nothing any more?")
    )


def _plan(profile: bootstrap.ProfileContext, engine: Engine, gone: frozenset[Path]) -> _Plan:
    """`gone`: configs that count no more. Raises ConfigError, VaultError."""
    ours = bootstrap.entries(profile, engine.config)
    others = [it for it in other_profiles(profile) if not (it.is_remnant and it.path in gone)]
    goes, kept, names = [], [], set()
    for name, place in engine.found_secrets():
        # One that is not approved has a file of its own, whatever the names in it are.
        users = [it.label for it in others if profile.is_approved and it.uses(name)]
        line = f"{ours.describe(name)} ({place}: {name})"
        if users:
            names.add(name)
            kept.append(f"{line}, used by {', '.join(users)}")
        else:
            goes.append(line)
    goes.append("its history, its last report, its approval and what is known of its tokens")
    ends = [str(unit_of(profile).path)] if unit_of(profile).path.exists() else []
    ends += [login_item(profile).place] if login_item(profile).is_on() else []
    shared = list(_shared_paths(profile))
    if others:
        labels = ", ".join(other.label for other in others)
        kept += [f"{what}, used by {labels}" for what in shared]
    else:
        ends += shared
    yours = list(_yours(profile, engine.config.env_file))
    return _Plan(
        others, [*goes, *ends], kept, frozenset(names), yours, [*map(_advice, _unread(others))]
    )


def _unread(others: Sequence[OtherProfile]) -> Iterator[OtherProfile]:
    return (other for other in others if other.entries is None)


def _advice(other: OtherProfile) -> str:
    if other.release_steps:
        step = f"{' and '.join(other.release_steps)}, then forget again"
    elif other.is_remnant:
        step = "forget again without --yes, which asks about it"
    else:
        step = "mend or remove its config, then forget again"
    return f"{other.label}, may use what was kept. If nobody needs it any more: {step}."


def _show(plan: _Plan) -> None:
    sections = (
        ("To be removed:", plan.goes),
        ("Kept:", plan.kept),
        ("Left, since it is yours:", plan.yours),
    )
    for title, lines in sections:
        if lines:
            echo_lines("\n  ".join((title, *map(printable, lines))))
    for line in plan.advice:
        echo(line)


def _yours(profile: bootstrap.ProfileContext, env_file: str) -> Iterator[str]:
    yield str(profile.config_path)
    yield env_file
    for name, path in bootstrap.profiles(profile.folders).all().items():
        if same(path, profile.config_path):
            yield f"the name {name} in `profiles list` (profiles remove takes it away)"


def _shared_paths(profile: bootstrap.ProfileContext) -> Iterator[str]:
    """What this program has made for all profiles of a user, as far as it is there."""
    folders = profile.folders
    for what, path in (
        ("the database", folders.token_facts),
        ("the log", folders.log_file),
        ("the folder of locks", folders.locks),
    ):
        if path.exists():
            yield f"{what} {path}"


def _remove_shared(profile: bootstrap.ProfileContext) -> Iterator[str]:
    """Remove it, as there is no other profile; yields what is kept all the same, and why."""
    folders = profile.folders
    had_locks = folders.locks.exists()
    try:
        are_free = remove_unused(folders.locks)
        if are_free and not folders.secrets.exists():  # else another profile has secrets there
            remove_unused(folders.data, "*.lock")
    except OSError as error:
        yield f"{folders.locks}: {atomic_file.sentence(error)}"
        are_free = True
    if not are_free:
        for what in _shared_paths(profile):
            yield f"{what}, used by a program that runs now"
        return
    if had_locks and not folders.locks.exists():
        echo(f"removed: {folders.locks}")
    log.stop()
    for folder, pattern in (
        (folders.state, f"{folders.token_facts.stem}.*"),
        (folders.log, f"{folders.log_file.name}*"),
    ):
        try:
            if folder.exists():
                verify_own_folder(folder)
        except OSError as error:
            yield f"{folder}: {atomic_file.sentence(error)}"
            continue
        for path in sorted(folder.glob(pattern)):
            path.unlink(missing_ok=True)
            echo(f"removed: {path}")
    for folder in (folders.state, folders.log, folders.data):
        with suppress(OSError):  # not ours alone: config and secrets may be in it
            folder.rmdir()
