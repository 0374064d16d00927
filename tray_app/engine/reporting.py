"""What a check has found, kept in words for `status --max-age`."""

from __future__ import annotations

from dataclasses import replace

from tray_app.core.model import Health
from tray_app.core.report import report
from tray_app.engine.check import Check
from tray_app.engine.intake import Intake
from tray_app.engine.tools import Tools


def keep_report(tools: Tools, check: Check, intake: Intake, health: Health) -> None:
    """Keep it for other processes, as `status` would say it: without what this one will do next.

    Where the config cannot be used, there is nothing to say before that is corrected.
    """
    if intake.fault or check.ran_at is None:
        tools.report.forget()
        return
    now = tools.clock()
    tools.report.keep(
        report(replace(health, next_try_at=None), intake.config.env_file, now),
        at=check.ran_at,
        now=now,
        config=tools.config_file.seen,
        env=check.seen,
    )
