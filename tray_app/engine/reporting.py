"""What a check has found, kept in words for `status --max-age`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tray_app.core.health import evaluate
from tray_app.core.model import Facts
from tray_app.core.report import report
from tray_app.engine.check import Check
from tray_app.engine.intake import Intake
from tray_app.engine.tools import Tools


def keep_report(tools: Tools, check: Check, intake: Intake, facts: Facts, now: datetime) -> None:
    """Keep it for other processes, as `status` would say it: without what this one will do next.

    What is so depends on whether the tray or `watch` runs when it is read: both are kept. Where the
    config cannot be used, there is nothing to say before that is corrected.
    """
    if intake.fault or check.ran_at is None:
        tools.report.forget()
        return
    attended, unattended = (
        report(
            evaluate(replace(facts, attended=it, next_try_at=None), now, tools.limits),
            intake.config.env_file,
            now,
        )
        for it in (True, False)
    )
    lock = tools.instance.lock_file if tools.instance else None
    tools.report.keep(
        attended,
        unattended=unattended,
        lock=lock,
        at=check.ran_at,
        now=now,
        config=tools.config_file.seen,
        env=check.seen,
    )
