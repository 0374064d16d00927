"""What a check has found, kept in words for `status --max-age`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tray_app.model.health import Observations
from tray_app.policy.health import evaluate
from tray_app.service.config_sync import ConfigSync
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.text.report import report


def keep_report(
    tools: Dependencies, check: EnvSync, intake: ConfigSync, facts: Observations, now: datetime
) -> None:
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
    tools.report.save(
        attended,
        unattended=unattended,
        lock=lock,
        at=check.ran_at,
        now=now,
        config=tools.config_file.seen,
        env=check.seen,
    )
