"""Which config may be used as the user's own: what is asked of each before its secrets are.

`admit` is called whenever a config is read again, so that an edit is judged, too.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from tray_app.config.approvals import ApprovalRecord, Approvals
from tray_app.model.errors import ConfigError
from tray_app.model.origin import Origin
from tray_app.model.ownership import Exposure, Kind
from tray_app.model.printable import printable
from tray_app.model.settings import Config
from tray_app.policy.approval import (
    Approval,
    chosen_by_caller,
    exchanged,
    exposed,
    not_approved,
    refused,
)
from tray_app.system import atomic_file
from tray_app.system.dirs import CONFIG_NAME, POSIX, AppDirs, as_found
from tray_app.system.ownership import (
    find_exposure,
    is_volume,
    own_uids,
    ownership_at,
    ownership_of,
)

log = logging.getLogger(__name__)

Read = Callable[[Path], Config]
"""Reads a config that lies elsewhere. Raises ConfigError."""


@dataclass(slots=True)
class Admission:
    """Judges one config. `path`: as it was named or found; `read`: how configs are read."""

    path: Path
    folders: AppDirs
    environ: Mapping[str, str]
    read: Read
    _env_file: str = field(default="", init=False)
    """That of an unapproved config. Its tokens must not follow it to another one."""

    def origin(self) -> Origin:
        """Say what a config is that was only found. What is wrong with it is said by `admit`."""
        if self._is_in_own_folder():
            return Origin.NAMED
        if self._is_listed():
            return self.listed()
        try:
            config = self.read(self.path)
            record, danger = self._record(), self._exposure(config)
        except ConfigError:
            return Origin.UNAPPROVED
        if danger is not None and not record.shared:
            return Origin.UNAPPROVED
        if danger is None and is_volume(self.path.parent, self.environ):
            return Origin.NAMED  # by the person who started the container
        approved = record.approval == Approval.of(str(self.path), config)
        return Origin.ALLOWED if approved else Origin.UNAPPROVED

    def listed(self) -> Origin:
        """Say what a config is that the list of profiles names."""
        return Origin.LISTED if self._are_lists_of_caller() else Origin.NAMED

    def admit(self, config: Config, origin: Origin, *, uses: bool = True) -> Config:
        """Return what is used of the config. Raises ConfigError if nothing is.

        `uses`: the run does more than look, so that naming the config approves it.
        """
        if any(self.folders.has_place_for(p) for output in config.outputs for p in output.paths):
            key = config.outputs[0].key if len(config.outputs) == 1 else "tray.outputs"
            fault = "names one of this program's own files; name the .env that your programs read"
            raise self._fault(f"{key}: {fault}")
        if origin in (Origin.LISTED, Origin.ALLOWED):
            self._refuse_choice_of_caller(config)
        if origin in (Origin.NAMED, Origin.LISTED):
            return self._approved_by_name(config, uses=uses)
        record, danger = self._record(), self._exposure(config)
        if danger is not None and not record.shared:
            raise self._fault(refused(str(self.path), danger))
        wanted = Approval.of(str(self.path), config)
        if record.approval == wanted and origin is Origin.ALLOWED:
            return config
        says = not_approved(wanted, record.approval)
        # The files and names of `tray.outputs` could be those of other secrets.
        if origin is Origin.ALLOWED or not config.has_only_env:
            raise self._fault(says.removeprefix(f"{printable(str(self.path))} "))
        self._env_file = self._env_file or config.env_file
        if config.env_file != self._env_file:
            raise self._fault("tray.envFile has changed, and it is not approved: start again")
        log.warning("%s", says)
        return replace(
            config,
            on_token_change=(),
            on_state_change=(),
            owner="",
            warnings=(*config.warnings, says),
        )

    def _refuse_choice_of_caller(self, config: Config) -> None:
        """Raise ConfigError if a list of sudo's caller has chosen the config, and it is not the
        caller's: somebody who may run this one command as root must not get root's tokens."""
        file = config.written_by
        if file is None or str(file.uid) == self.environ.get("SUDO_UID"):
            return
        if self._are_lists_of_caller():
            raise self._fault(chosen_by_caller(file.uid))

    def _are_lists_of_caller(self) -> bool:
        """Whether this is sudo with a home (or config folder) that others can write: the lists of
        profiles and approvals there may be the caller's."""
        if not POSIX or os.geteuid() != 0 or "SUDO_UID" not in self.environ:
            return False
        folder = self.folders.config
        with suppress(OSError):  # there is none, so there are no lists
            file = ownership_at(folder)
            return find_exposure(folder, file, self.environ, is_strict=True) is not None
        return False

    def own_secrets(self) -> Path:
        """Return the secrets file that the config has for itself while it is not approved: one for
        each `.env`, so that tokens of one cannot get into another."""
        env_file = ""
        with suppress(ConfigError):  # reported when the config is used
            env_file = self.read(self.path).env_file
        return self.folders.unapproved(str(self.path), env_file)

    def refusal(self) -> str:
        """Say why the config is not used where it is found, whatever it says; "" if it may be.

        Raises ConfigError.
        """
        try:
            file = atomic_file.read_opened(
                self.path, lambda handle: ownership_of(self.path, handle)
            )[1]
            danger = find_exposure(self.path, file, self.environ)
        except OSError as error:
            raise self._fault(f"cannot be read: {atomic_file.error_text(error)}") from error
        if danger is None or self._record().shared:
            return ""
        return refused(str(self.path), danger)

    def approve(self, config: Config, *, shared: bool = False) -> None:
        """Record that the config may be used where it is found, as it is now. Raises ConfigError,
        also if others may write there and that is not meant (`shared`)."""
        danger, approvals = self._exposure(config), Approvals(self.folders.approvals)
        if danger is not None and not shared:
            raise self._fault(refused(str(self.path), danger))
        shared = shared and danger is not None
        approvals.save(str(self.path), ApprovalRecord(Approval.of(str(self.path), config), shared))

    def revoke(self) -> bool:
        """Forget that it was approved; False if it was not. Raises ConfigError."""
        approvals = Approvals(self.folders.approvals)
        if not approvals.is_migrated:  # what was served is not to be approved after this
            self._migrate(approvals)
        return approvals.remove(str(self.path))

    def _approved_by_name(self, config: Config, *, uses: bool) -> Config:
        """A person has named it: it is approved where it is found, too, once it is used. That
        others may write it is told once. Raises ConfigError if it was exchanged for another
        user's since it was used."""
        approvals, place = Approvals(self.folders.approvals), as_found(self.path)
        path = str(place)
        try:
            # What looks leaves a report: it must not be taken for what an earlier version served.
            if not approvals.is_migrated and not self._is_known():
                self._migrate(approvals)
            danger, known = self._exposure(config), approvals.find(path)
        except ConfigError:
            return config
        if why := self._exchanged(danger, known):
            raise self._fault(why)
        with suppress(ConfigError):
            warned = exposed(str(self.path), danger) if danger and not known.shared else ""
            approval = known.approval
            if not self._is_in_own_folder():
                # Found there, a relative envFile is another text if a link led to the folder.
                seen = config if place == self.path else self.read(place)
                approval = Approval.of(path, seen)
            now = replace(known, approval=approval, warned=warned or known.warned)
            if warned and warned != known.warned:
                log.warning("%s", warned)
                config = replace(config, warnings=(*config.warnings, warned))
            if uses and now != known:
                approvals.save(path, now)
        return config

    def _exchanged(self, danger: Exposure | None, known: ApprovalRecord) -> str:
        """Why a named config is not used: it was this user's, and is another user's now."""
        if danger is None or known.approval is None or danger.place.kind is not Kind.FILE:
            return ""
        ours = own_uids(self.path, self.environ) | {0}
        if known.approval.owner not in ours or danger.place.uid in ours:
            return ""
        return exchanged(str(self.path), known.approval.owner, danger.place.uid)

    def _record(self) -> ApprovalRecord:
        """What is known of it; what an earlier version has served is approved first, once."""
        approvals = Approvals(self.folders.approvals)
        found = approvals.find(str(self.path))
        if found.approval is not None or approvals.is_migrated:
            return found
        return self._migrate(approvals).get(str(self.path), found)

    def _migrate(self, approvals: Approvals) -> dict[str, ApprovalRecord]:
        checked_profiles = dict(self._served())
        with suppress(ConfigError):  # cannot be written: it is found out again the next time
            approvals.migrate(checked_profiles)
        return checked_profiles

    def _served(self) -> list[tuple[str, ApprovalRecord]]:
        """The configs that an earlier version has used, each as it is now."""
        from tray_app.storage.last_report import checked_profiles
        from tray_app.system.startup_entries import named_configs

        found = []
        for real, env_file in checked_profiles(self.folders.token_facts):
            # As it was found: by a link beside its `.env`, or where it really is.
            for path in {as_found(Path(real)), as_found(Path(env_file).parent / CONFIG_NAME)}:
                record = self._as_served(path)
                if record is None or record.approval is None:
                    continue
                is_same = os.path.normcase(os.path.realpath(path)) == real
                wanted = record.approval  # an earlier version had no `tray.outputs`
                if is_same and wanted.env_file == env_file and not wanted.outputs:
                    found.append((str(path), record))
        for name in named_configs(self.environ):
            path = as_found(Path(name))
            record = self._as_served(path)
            if record is not None:
                found.append((str(path), record))
        log.info("%d configs that were used before are approved", len(found))
        return found

    def _as_served(self, path: Path) -> ApprovalRecord | None:
        """The record of one; a folder that a group may write stays no hindrance. None if it cannot
        be read now, or is another user's."""
        other = Admission(path, self.folders, self.environ, self.read)
        try:
            config = self.read(path)
            if other._exposure(config, shares_folders=True) is not None:
                return None
            return ApprovalRecord(
                Approval.of(str(path), config), other._exposure(config) is not None
            )
        except ConfigError:
            return None

    def _exposure(self, config: Config, *, shares_folders: bool = False) -> Exposure | None:
        """Raises ConfigError if that cannot be found out."""
        if config.written_by is None:
            return None
        try:
            return find_exposure(
                self.path, config.written_by, self.environ, shares_folders=shares_folders
            )
        except OSError as error:
            raise self._fault(f"is being moved: {error.strerror}") from error

    def _is_known(self) -> bool:
        """Whether it is in the user's own folder, or a profile."""
        return self._is_in_own_folder() or self._is_listed()

    def _is_listed(self) -> bool:
        from tray_app.config.profiles import ProfileRegistry

        with suppress(ConfigError):
            named = ProfileRegistry(self.folders.profiles).all().values()
            return as_found(self.path) in map(as_found, named)
        return False

    def _is_in_own_folder(self) -> bool:
        return os.path.realpath(self.path.parent) == os.path.realpath(self.folders.config)

    def _fault(self, sentence: str) -> ConfigError:
        return ConfigError(str(self.path), (sentence,))
