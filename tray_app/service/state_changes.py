"""Runs `tray.onStateChange` for each change of the state, once in all processes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from tray_app.model.health import Health, Observations
from tray_app.model.settings import Config
from tray_app.model.state_change import StateChange, ToldState
from tray_app.policy import health as judging
from tray_app.policy.state_changes import changes, state_after
from tray_app.service.dependencies import Dependencies
from tray_app.system.config_commands import STATE_CHANGE, Change
from tray_app.text.report import iso, report

_TRIES = 3
"""How often to start again because another process told something meanwhile."""
_VARIABLES = ("colour", "reason", "headline", "next_step", "who", "until")
"""The fields of the state that are variables, too."""


class StateChanges:
    """Compares the state with what was told last, and tells what has changed."""

    def __init__(self, tools: Dependencies) -> None:
        self._tools = tools

    def tell(
        self, facts: Observations, found: Health, config: Config, at: datetime, *, at_end: bool
    ) -> None:
        """Tell what has changed, if this process is the one to do so. `at`: when that was observed
        (UTC); `at_end`: this is the last that this process judges.

        The tray or `watch` tells whatever happens, and other processes leave it to them; without
        them, a command that renews tells at its end, since what it sees before that may pass.
        """
        may, told = self._tools.permissions, self._tools.told
        if not config.on_state_change or not may.renew or told is None:
            return
        if not may.stays and (not at_end or self._tools.is_attended):
            return
        for _ in range(_TRIES):
            last = told.last()
            after = self._state(last.state, facts, found)
            if (last.at and after == last.state) or self._is_outdated(at, last.at):
                return
            if told.replace(last.version, after, at):
                for change in changes(last.state, after):
                    self._run(change, last.state, found, config)
                return

    def _is_outdated(self, at: datetime, told_at: float) -> bool:
        """Whether another process has told what it observed later. If that seems to be in the
        future, the clock was set back."""
        return at.timestamp() < told_at <= self._tools.clock().timestamp()

    def _state(self, before: ToldState, facts: Observations, found: Health) -> ToldState:
        now, limits = self._tools.clock(), self._tools.limits
        dead = judging.is_dead(facts, now, limits)
        near = judging.in_renewal_window(facts.lifespan, now, limits)
        known = facts.confirmed_at is not None or facts.lifespan is not None
        return state_after(
            before,
            found,
            facts.token.fingerprint if facts.token else "",
            works=known and not dead,
            renewing=dead or near or facts.check_failure is not None,
        )

    def _run(self, change: StateChange, before: ToldState, found: Health, config: Config) -> None:
        now, path = self._tools.clock(), self._tools.config_file.path.absolute()
        state = report(found, config.env_file, now)["object"]
        said = {
            "event": str(change),
            "at": iso(now),
            "config": str(path),
            "colour_before": str(before.colour),
            "state": state,
        }
        variables = {
            "EVENT": str(change),
            "CONFIG": str(path),
            "COLOUR_BEFORE": str(before.colour),
            **{name.upper(): state[name] or "" for name in _VARIABLES},
        }
        self._tools.commands.schedule(
            Change(
                config.on_state_change,
                Path(config.env_file),
                path,
                config.written_by,
                key=STATE_CHANGE,
                variables={f"WEBEX_TOKEN_TRAY_{name}": text for name, text in variables.items()},
                text=json.dumps(said) + "\n",
            )
        )
