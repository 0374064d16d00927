"""Approval of configs that were only found in the working directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tray_app.model.output import Output
from tray_app.model.printable import printable, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tray_app.model.ownership import Exposure
    from tray_app.model.settings import Config


@dataclass(frozen=True, slots=True)
class Approval:
    """What you approve. If one of these values changes, you are asked again.

    `path`: of the config as found, links not followed; `owner`: user id;
    `env_file`: absolute; `command`: `tray.onTokenChange`, () for none; `state_command`:
    `tray.onStateChange`, () for none; `outputs`: () if `tray.envFile` alone says where tokens are
    written, or could.
    """

    path: str
    owner: int
    app_id: str
    organization: str
    env_file: str
    command: tuple[str, ...]
    state_command: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()

    @classmethod
    def of(cls, path: str, config: Config) -> Approval:
        """Return what to approve for this config."""
        app = config.service_app
        return cls(
            path=path,
            owner=config.written_by.uid if config.written_by is not None else -1,
            app_id=app.app_id,
            organization=app.target_org_id,
            env_file=config.env_file,
            command=config.on_token_change,
            state_command=config.on_state_change,
            outputs=() if config.has_only_env else config.outputs,
        )

    def differs(self, other: Approval) -> tuple[str, ...]:
        """Return the config keys whose values differ."""
        pairs = {
            "its owner": (self.owner, other.owner),
            "serviceApp.appId": (self.app_id, other.app_id),
            "serviceApp.targetOrgId": (self.organization, other.organization),
            "tray.envFile": (self.env_file, other.env_file),
            "tray.outputs": (self.outputs, other.outputs),
            "tray.onTokenChange": (self.command, other.command),
            "tray.onStateChange": (self.state_command, other.state_command),
        }
        return tuple(name for name, (one, two) in pairs.items() if one != two)

    @property
    def wishes(self) -> str:
        """What the config wants to do, as a clause."""
        commands = [quoted(*each) for each in (self.command, self.state_command) if each]
        runs = f", and to run: {'; '.join(commands)}" if commands else ""
        return f"to write tokens into {_places(self.outputs or (Output(self.env_file),))}{runs}"


def not_approved(wanted: Approval, before: Approval | None) -> str:
    """Say what an unapproved config wants. `before`: its earlier approval, if any."""
    changed = ", ".join(before.differs(wanted)) if before is not None else ""
    why = f"has changed since it was approved ({changed})" if changed else "is not approved"
    return (
        f"{printable(wanted.path)} {why}: it gets neither your keyring nor your secrets file, its"
        f" command does not run. It wants {wanted.wishes}. If you trust it:"
        f" {allow_command(wanted.path)}"
    )


def refused(path: str, exposure: Exposure) -> str:
    """Say why a config that was only found is not used. A predicate: add the path in front."""
    remedies = (exposure.remedy, "name it by --config", allow_command(path, "--shared"))
    help_by = "; or ".join(filter(None, remedies))
    return f"was only found here, and is not used, because {exposure.sentence}: {help_by}"


def exposed(path: str, exposure: Exposure) -> str:
    """Warn that others can write a config that you named."""
    remedy = f": {exposure.remedy}" if exposure.remedy else ""
    return f"{printable(path)} says where tokens are written, and {exposure.sentence}{remedy}"


def import_exposed(path: str, config: Config, exposure: Exposure) -> str:
    """Say why a config's outputs and commands are not imported."""
    commands = {
        "tray.onTokenChange": config.on_token_change,
        "tray.onStateChange": config.on_state_change,
    }
    runs = [f"{key} ({quoted(*command)})" for key, command in commands.items() if command]
    key = config.outputs[0].key if len(config.outputs) == 1 else "tray.outputs"
    verb = "are" if runs or len(config.outputs) > 1 else "is"
    named = " and ".join([f"{key} ({_places(config.outputs)})", *runs])
    return (
        f"{named} {verb} left out, because others can write"
        f" {printable(path)}: {exposure.sentence}. Add what you want yourself"
    )


def exchanged(path: str, before: int, now: int) -> str:
    """Say why a config whose owner changed is not used. A predicate. `before`, `now`: user ids."""
    return (
        f"belonged to user {before} when it was used, and belongs to user {now} now: it is not"
        f" used. If you trust that user: {allow_command(path, '--shared')}"
    )


def chosen_by_caller(owner: int) -> str:
    """Say why a config is not used that only a list of sudo's caller names. A predicate. `owner`:
    the config's."""
    return (
        f"belongs to user {owner}, and was chosen by a list that the user who called sudo can"
        " write: it is not used. Name it by --config, or run sudo -H"
    )


def allow_command(path: str, *options: str) -> str:
    """Return the command that approves the config."""
    return quoted("webex-token-tray", "allow", *options, path)


def _places(outputs: Iterable[Output]) -> str:
    """Where tokens are written, and by which templates."""
    return ", ".join(
        printable(output.file)
        + (f" (by the template {printable(output.template)})" if output.template else "")
        for output in outputs
    )
