"""approvals.json in the user's config folder: which configs may be used."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tray_app.config.json_file import config_error, io_error, rewrite
from tray_app.config.outputs import outputs_as_json, parsed_outputs
from tray_app.policy.approval import Approval
from tray_app.system.dirs import POSIX
from tray_app.system.own_folder import in_own_folder, own_folder, read_list
from tray_app.system.ownership import own_uids

_KEY = "approvals"
_REMEDY = "remove it, and run webex-token-tray allow again"
_MIGRATED = "migrated"
"""Whether the configs that an earlier version used were approved: this happens once."""


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """What is known of one config. `approval`: None if it was never approved; `shared`: whether
    others may write it or a folder above it; `warned`: the warning that the user got about that."""

    approval: Approval | None = None
    shared: bool = False
    warned: str = ""


class Approvals:
    """The approvals. Each call reads the file again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, config: str) -> ApprovalRecord:
        """Return what is known of the config with this path. Raises ConfigError."""
        return _parse_record(config, self._read()[_KEY].get(config))

    @property
    def is_migrated(self) -> bool:
        """Whether `migrate` has been called. Raises ConfigError."""
        return self._read()[_MIGRATED] is True

    def configs(self) -> tuple[str, ...]:
        """Return the paths of all configs. Raises ConfigError."""
        return tuple(self._read()[_KEY])

    def save(self, config: str, record: ApprovalRecord) -> None:
        """Save what is known of a config. Raises ConfigError."""
        self._change({config: record})

    def migrate(self, records: Mapping[str, ApprovalRecord]) -> None:
        """Save these unless there are newer records, and that this was done. Raises ConfigError."""
        known = self._read()[_KEY]
        fresh = {path: record for path, record in records.items() if path not in known}
        self._change(fresh, migrated=True)

    def remove(self, config: str) -> bool:
        """Forget the config; False if it was not known. Raises ConfigError."""
        if config not in self._read()[_KEY]:
            return False
        self._change({config: None})
        return True

    def _change(
        self, records: Mapping[str, ApprovalRecord | None], *, migrated: bool = False
    ) -> None:
        def change(raw: bytes | None) -> bytes:
            root = self._parse(raw)
            for path, record in records.items():
                root[_KEY].pop(path, None)
                if record is not None:
                    root[_KEY][path] = _format_record(record)
            root[_MIGRATED] = migrated or root[_MIGRATED]
            return (json.dumps(root, indent=2, sort_keys=True) + "\n").encode()

        folder = partial(own_folder, private=False)
        rewrite(self.path, self._read_bytes, change, make_folder=folder, rule=in_own_folder)

    def _read(self) -> dict[str, Any]:
        return self._parse(self._read_bytes())

    def _read_bytes(self) -> bytes | None:
        """Return the content; None if there is no file yet. Raises ConfigError."""
        try:
            raw, state = read_list(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise io_error(self.path, "read", error) from error
        if POSIX and state.st_uid not in own_uids(self.path, os.environ) | {0}:
            raise config_error(self.path, f"belongs to another user ({state.st_uid}): {_REMEDY}")
        if POSIX and stat.S_IMODE(state.st_mode) & 0o022:
            raise config_error(self.path, f"can be written by other users: {_REMEDY}")
        return raw

    def _parse(self, raw: bytes | None) -> dict[str, Any]:
        """Return the content as an object. Raises ConfigError."""
        try:
            root = json.loads(raw) if raw is not None else {_KEY: {}}
        except (ValueError, RecursionError):
            root = None
        if not isinstance(root, dict) or not isinstance(root.get(_KEY), dict):
            raise config_error(self.path, f"is damaged: {_REMEDY}")
        return {**root, _MIGRATED: root.get(_MIGRATED) is True}


def _format_record(record: ApprovalRecord) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if record.approval is not None:
        found |= {
            "owner": record.approval.owner,
            "appId": record.approval.app_id,
            "organization": record.approval.organization,
            "envFile": record.approval.env_file,
            "command": list(record.approval.command),
        }
        if record.approval.state_command:
            found["stateCommand"] = list(record.approval.state_command)
        if record.approval.outputs:
            found["outputs"] = outputs_as_json(record.approval.outputs)
    if record.shared:
        found["shared"] = True
    return found | ({"told": record.warned} if record.warned else {})


def _parse_record(path: str, found: object) -> ApprovalRecord:
    """What the file says of one config; anything unexpected approves nothing."""
    if not isinstance(found, dict):
        return ApprovalRecord()
    approval = None
    owner, command = found.get("owner"), found.get("command")
    state_command = found.get("stateCommand", [])
    texts = [found.get(name) for name in ("appId", "organization", "envFile")]
    if isinstance(owner, int) and isinstance(command, list) and isinstance(state_command, list):
        words = [*texts, *command, *state_command]
        if all(isinstance(word, str) for word in words):
            app_id, organization, env_file = map(str, texts)
            commands = tuple(command), tuple(state_command)
            with suppress(ValueError):
                outputs = parsed_outputs(found.get("outputs", []))
                approval = Approval(path, owner, app_id, organization, env_file, *commands, outputs)
    warned = found.get("told")
    shared = found.get("shared") is True
    return ApprovalRecord(approval, shared, warned if isinstance(warned, str) else "")
