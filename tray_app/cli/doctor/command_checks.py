"""The commands of the config: whether they would be run."""

from __future__ import annotations

from collections.abc import Iterator

from tray_app.cli.doctor.finding import ConfiguredTarget, Finding, ok, warning
from tray_app.model.printable import quoted
from tray_app.system.config_commands import STATE_CHANGE, TOKEN_CHANGE, Change, why_not_run


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
