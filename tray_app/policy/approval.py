"""A config that is only found in the working directory is used once it is approved."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tray_app.model.printable import printable, quoted

if TYPE_CHECKING:
    from tray_app.model.ownership import Exposure
    from tray_app.model.settings import Config


class Origin(StrEnum):
    """Where a config comes from, and so what it is given."""

    NAMED = "named"
    """By an option, a variable, a caller or a profile, or it is in the user's config folder."""
    ALLOWED = "allowed"
    """Found in the working directory, and approved as it is."""
    UNAPPROVED = "unapproved"
    """Found in the working directory: a stranger's, as far as is known."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person approves: if one of these values changes, they are asked again.

    `path`: of the config as it was found, links not followed; `owner`: the user's number;
    `env_file`: absolute; `command`: `tray.onTokenChange`, () for none.
    """

    path: str
    owner: int
    app_id: str
    organization: str
    env_file: str
    command: tuple[str, ...]

    @classmethod
    def of(cls, path: str, config: Config) -> Approval:
        """Return what approving this config means."""
        app = config.service_app
        return cls(
            path=path,
            owner=config.written_by.uid if config.written_by is not None else -1,
            app_id=app.app_id,
            organization=app.target_org_id,
            env_file=config.env_file,
            command=config.on_token_change,
        )

    def differs(self, other: Approval) -> tuple[str, ...]:
        """Return the names of what differs, as the config has them."""
        pairs = {
            "its owner": (self.owner, other.owner),
            "serviceApp.appId": (self.app_id, other.app_id),
            "serviceApp.targetOrgId": (self.organization, other.organization),
            "tray.envFile": (self.env_file, other.env_file),
            "tray.onTokenChange": (self.command, other.command),
        }
        return tuple(name for name, (one, two) in pairs.items() if one != two)

    @property
    def wishes(self) -> str:
        """What the config wants, as a clause: which `.env`, and which command."""
        runs = f", and to run: {quoted(*self.command)}" if self.command else ""
        return f"to write tokens into {printable(self.env_file)}{runs}"


def not_approved(wanted: Approval, before: Approval | None) -> str:
    """Say what an unapproved config wants and does not get. `before`: as it was approved once."""
    changed = ", ".join(before.differs(wanted)) if before is not None else ""
    why = f"has changed since it was approved ({changed})" if changed else "is not approved"
    return (
        f"{printable(wanted.path)} {why}: it gets neither your keyring nor your secrets file, its"
        f" command does not run. It wants {wanted.wishes}. If you trust it:"
        f" {allow_command(wanted.path)}"
    )


def refused(path: str, exposure: Exposure) -> str:
    """Say why a config that was only found is not used, as a predicate of it."""
    remedies = (exposure.remedy, "name it by --config", allow_command(path, "--shared"))
    help_by = "; or ".join(filter(None, remedies))
    return f"was only found here, and is not used, because {exposure.sentence}: {help_by}"


def exposed(path: str, exposure: Exposure) -> str:
    """Say that others decide what a config says, which a person has named all the same."""
    remedy = f": {exposure.remedy}" if exposure.remedy else ""
    return f"{printable(path)} says where tokens are written, and {exposure.sentence}{remedy}"


def exchanged(path: str, before: int, now: int) -> str:
    """Say why a named config is not used, as a predicate of it. `before`, `now`: its owners."""
    return (
        f"belonged to user {before} when it was used, and belongs to user {now} now: it is not"
        f" used. If you trust that user: {allow_command(path, '--shared')}"
    )


def allow_command(path: str, *options: str) -> str:
    """Return the command that approves it."""
    return quoted("webex-token-tray", "allow", *options, path)
