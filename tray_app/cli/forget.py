"""`forget`: remove what belongs to one profile alone and keep what others share, or remove all."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import click

from tray_app import approvals, bootstrap
from tray_app.bootstrap import ProfileContext
from tray_app.cli.autostart import launcher_entry
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import (
    may_prompt,
    profile_options,
    selected_profile,
    selected_profiles,
)
from tray_app.cli.output import echo, echo_lines
from tray_app.cli.watch import uninstall, unit_of
from tray_app.config.approvals import Approvals
from tray_app.config.profiles import is_same_file
from tray_app.desktop.install.autostart import login_item
from tray_app.model.origin import Origin
from tray_app.model.permissions import LOOK, Permissions
from tray_app.model.printable import printable
from tray_app.secrets.names import SecretNames
from tray_app.service.engine import Engine
from tray_app.service.other_profiles import OtherProfile
from tray_app.system import atomic_file, directory_fd, log
from tray_app.system.directory_fd import Entry
from tray_app.system.dirs import CONFIG_NAME, AppDirs
from tray_app.system.locks import remove_unused
from tray_app.system.own_folder import own_entry
from tray_app.system.startup_entries import StartupEntry
from tray_app.webex.api_base import PRODUCTION, checked_base


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--all", "everything", is_flag=True, help="All profiles, and what they share.")
@profile_options
@click.pass_context
def forget(context: click.Context, *, yes: bool, everything: bool) -> int:
    """Remove what belongs to this profile alone.

    It lists first what goes: secrets, and what is known about the tokens. What other profiles use
    is kept, and so are the config and `.env`: they are yours. Quit the tray first.

    With --all, before you uninstall the program: everything that it keeps for you.

    Exit code: 0; 130 if you declined, 3 if the tray or `watch` is running.
    """
    permissions = replace(may_prompt(LOOK), forgets=True)
    if everything:
        profiles = _all_profiles(context, permissions)
    else:
        profiles = [selected_profile(context, permissions)]
    for profile in profiles:
        if not unit_of(profile).files() and bootstrap.instance(profile).is_running():
            echo(f"Already running for {profile.config_path}: quit it first.", err=True)
            return Exit.ALREADY_RUNNING
    remove(profiles, yes=yes, everything=everything)
    return Exit.GREEN


def _all_profiles(context: click.Context, permissions: Permissions) -> list[ProfileContext]:
    """Return every known profile whose config can be read, and the one of the config folder if that
    has a config, or if there is no other. Raises click.UsageError if the options name some."""
    named = context.ensure_object(dict)
    if named.get("config") or named.get("profile"):
        raise click.UsageError("--all is for all profiles: leave out --config and --profile.")
    some = next(iter(selected_profiles(context, permissions).values()))
    own = replace(some, config_path=some.folders.config / CONFIG_NAME, origin=Origin.NAMED)
    # All are named here: one that was edited, or that others can write, is forgotten, too.
    found = [
        approvals.listed(replace(own, config_path=other.path, environ={}))
        for other in bootstrap.other_profiles(own)
        if other.names is not None
    ]
    return [own, *found] if own.config_path.exists() or not found else found


def remove(
    profiles: Sequence[ProfileContext],
    *,
    yes: bool = True,
    although_running: bool = False,
    everything: bool = False,
) -> None:
    """Remove what belongs to these profiles alone; print what was removed, kept and left.

    `yes`: do not ask; `although_running`: also under a tray that still runs, which must not be able
    to get new tokens any more; `everything`: the names in the list of profiles, too. Raises Busy,
    ConfigError, VaultError, click.Abort.
    """
    gone = frozenset(profile.config_path for profile in profiles)
    with ExitStack() as stack:
        opened = [
            (at, stack.enter_context(closing(bootstrap.open_engine(at))))
            for profile in profiles
            if not everything or _was_set_up(profile)
            for at in (_at_every_base(profile) if everything else [profile])
        ]
        configs = [str(it.config_path) for it in profiles if it.config_path.exists()]
        outputs = (output.file for _, engine in opened for output in engine.config.outputs)
        yours = _unique([configs, outputs])
        names = [] if everything else _unique(map(_names_of, profiles))
        yours += [
            f"the name {it} in `profiles list` (profiles remove takes it away)" for it in names
        ]
        if not yes:
            try:
                gone |= _confirm_gone(profiles)
                _print_plan(_plan(profiles, opened, gone), yours)
                click.confirm("Remove this?", abort=True)
            except click.Abort:
                echo(err=True)
                echo("Nothing was removed.", err=True)
                raise
        for profile in profiles:
            if unit_of(profile).files():
                uninstall(profile)
            if not although_running:  # a running tray would write it all again
                stack.enter_context(bootstrap.instance(profile).acquire())
        plan = _plan(profiles, opened, gone)  # as it is now
        for _, engine in opened:
            for name, place in engine.forget(plan.kept_names):
                echo(f"removed from {place}: {SecretNames.shortened(name)}")
    _remove_entries(profiles)
    kept = [*plan.kept, *(() if plan.users else _remove_shared(profiles[0].folders))]
    if everything:
        _remove_lists(profiles)
    for line in (*(f"kept: {it}" for it in kept), *(f"left: {it}" for it in yours), *plan.advice):
        echo(line)


def _remove_entries(profiles: Sequence[ProfileContext]) -> None:
    """Remove what starts them, and their approvals. Raises ConfigError, OSError."""
    for profile in profiles:
        for item in _desktop_entries(profile):
            item.turn_off()
            echo(f"removed: {item.location}")
        for name in approvals.revoke(profile):
            echo(f"removed: {name}")


def _desktop_entries(profile: ProfileContext) -> list[StartupEntry]:
    """What starts it at login or from a menu, as far as it exists."""
    entries: list[StartupEntry] = [login_item(profile)]
    with suppress(click.ClickException):  # no such menu on this system
        entries.append(launcher_entry(profile))
    # One that is switched off in the system's settings is a file that is still there.
    return [entry for entry in entries if entry.is_on() or Path(entry.location).is_file()]


@dataclass(frozen=True, slots=True)
class _Plan:
    """`elsewhere`: other API bases for which the profiles have secrets; `removed`, `kept`: lines to
    print; `kept_names`: entries that other profiles use, too."""

    others: Sequence[OtherProfile]
    elsewhere: Sequence[str]
    removed: Sequence[str]
    kept: Sequence[str]
    kept_names: frozenset[str]

    @property
    def advice(self) -> list[str]:
        """How to get rid of profiles that cannot be read, and so may share anything, and of what is
        for other API bases."""
        advice = [_advice(other) for other in self.others if other.names is None]
        if self.elsewhere:
            advice.append("webex-token-tray forget --all also removes what is kept for these.")
        return advice

    @property
    def users(self) -> list[str]:
        """Who uses the database, the log and the locks, too."""
        return [*(other.label for other in self.others), *self.elsewhere]


def _was_set_up(profile: ProfileContext) -> bool:
    """Whether its config is filled in, or once was: only then can it have secrets."""
    if profile.config_path.exists() and not bootstrap.is_untouched(profile):
        return True
    with closing(bootstrap.open_facts(profile)) as token_facts:
        reported = token_facts.reported_configs()
    return any(is_same_file(path, profile.config_path) for path in reported)


def _used_bases(profile: ProfileContext) -> tuple[str, ...]:
    """The API bases other than production for which it may have secrets, as is recorded."""
    with closing(bootstrap.open_facts(profile)) as token_facts:
        return token_facts.report(profile.config_path, profile.api_base).used_bases()


def _at_every_base(profile: ProfileContext) -> list[ProfileContext]:
    """Return the profile at every Webex for which it may have secrets, at its own first."""
    from tray_app.storage.last_report import checked_elsewhere

    where, base = profile.folders.token_facts, checked_base(profile.api_base)
    last = checked_elsewhere(where, profile.config_path, base)  # all that earlier versions recorded
    bases = (base, PRODUCTION, *_used_bases(profile), *([last.base] if last else ()))
    found = []
    for each in dict.fromkeys(bases):
        with suppress(ValueError):  # what is recorded is damaged
            found.append(replace(profile, api_base=checked_base(each)))
    return found


def _confirm_gone(profiles: Sequence[ProfileContext]) -> frozenset[Path]:
    """Ask about each profile whose config is gone and that no list names any more."""
    return frozenset(
        other.path
        for other in bootstrap.other_profiles(profiles[0])
        if other.is_remnant
        and click.confirm(f"{other.path} is gone. For good, so that it needs nothing any more?")
    )


def _plan(
    profiles: Sequence[ProfileContext],
    opened: Sequence[tuple[ProfileContext, Engine]],
    gone: frozenset[Path],
) -> _Plan:
    """`opened`: those that were set up; `gone`: configs that do not count, or no longer. Raises
    ConfigError, VaultError."""
    known = bootstrap.other_profiles(profiles[0])
    others = [it for it in known if not any(is_same_file(it.path, path) for path in gone)]
    removed, kept, kept_names = [], [], set()
    found: set[tuple[str, str]] = set()
    for profile, engine in opened:
        names = bootstrap.entries(profile, engine.config)
        for name, place in engine.found_secrets():
            if (name, place) in found:
                continue
            found.add((name, place))
            # A profile that is not approved has a secrets file of its own: it shares no entry.
            users = [it.label for it in others if profile.is_approved and it.uses(name)]
            line = f"{names.describe(name)} ({place}: {SecretNames.shortened(name)})"
            if users:
                kept_names.add(name)
                kept.append(f"{line}, used by {', '.join(users)}")
            else:
                removed.append(line)
    if opened:
        removed.append("its history, its last report, its approval and what is known of its tokens")
    for profile in profiles:
        removed += map(str, unit_of(profile).files()[:1])
        removed += [entry.location for entry in _desktop_entries(profile)]
    bases = {checked_base(at.api_base) for at, _ in opened}
    used = _unique(_used_bases(profile) for profile in profiles)
    plan = _Plan(others, [b for b in used if b not in bases], removed, kept, frozenset(kept_names))
    for what in _shared_paths(profiles[0].folders):
        if plan.users:
            kept.append(f"{what}, used by {', '.join(plan.users)}")
        else:
            removed.append(what)
    return plan


def _unique(groups: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(groups)))


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


def _names_of(profile: ProfileContext) -> list[str]:
    """Its names in the list of profiles."""
    return [
        name
        for name, path in bootstrap.profiles(profile.folders).all().items()
        if is_same_file(path, profile.config_path)
    ]


def _remove_lists(profiles: Sequence[ProfileContext]) -> None:
    """Take the profiles off the list, and remove the lists that are empty. Raises ConfigError."""
    folders = profiles[0].folders
    registry = bootstrap.profiles(folders)
    for name in _unique(map(_names_of, profiles)):
        registry.remove(name)
        echo(f"removed: the name {name} in `profiles list`")
    for path, is_empty in (
        (folders.profiles, not registry.all()),
        (folders.approvals, not Approvals(folders.approvals).configs()),
    ):
        if is_empty and path.exists():
            directory_fd.remove(path)
            echo(f"removed: {path}")
    with suppress(OSError), own_entry(folders.config) as entry:
        entry.rmdir()  # unless a config is in it


def _shared_paths(folders: AppDirs) -> list[str]:
    """What all profiles of a user share, as far as it exists."""
    shared = {
        "the database": folders.token_facts,
        "the log": folders.log_file,
        "the folder of locks": folders.locks,
    }
    return [f"{what} {path}" for what, path in shared.items() if os.path.exists(path)]  # noqa: PTH110


def _remove_shared(folders: AppDirs) -> Iterator[str]:
    """Remove what all profiles share, as there is no other; yield what is kept, and why."""
    had_locks = os.path.exists(folders.locks)  # noqa: PTH110 - never raises
    try:
        are_free = remove_unused(folders.locks)
        if are_free and not folders.secrets.exists():  # else another profile has secrets there
            remove_unused(folders.data)
    except OSError as error:
        yield f"{folders.locks}: {atomic_file.error_text(error)}"
        are_free = True
    if not are_free:
        for what in _shared_paths(folders):
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
    for folder in (folders.log, folders.state, folders.data):
        # Config or secrets may be in it; a link of another user may lead to it.
        with suppress(OSError), own_entry(folder) as entry:
            entry.rmdir()
