"""Runs the checks side by side, each with a time limit: one that hangs delays no other."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import replace
from functools import partial
from typing import TypeVar

from tray_app.cli.doctor import (
    config_checks,
    machine_checks,
    network_checks,
    token_checks,
)
from tray_app.cli.doctor.finding import ConfiguredTarget, Finding, Grade, Target, fault
from tray_app.system.concurrency import start_thread
from tray_app.system.running_time import RunningTime

T = TypeVar("T")
Check = Callable[[T], Iterator[Finding]]

log = logging.getLogger(__name__)

TIMEOUT = 20.0
"""Seconds for a check. Those that ask the network or the keyring give up earlier by themselves."""

PROFILE_CHECKS: dict[str, Check[Target]] = {
    "proxy": network_checks.proxy,
    "trust": network_checks.trust,
    "dns": network_checks.dns,
    "tls": network_checks.tls,
    "webex": network_checks.webex,
    "tray": machine_checks.tray,
    "autostart": machine_checks.autostart,
    "journal": machine_checks.database,
    "versions": machine_checks.versions,
}
"""Checks that need no config, by topic."""

CONFIG_CHECKS: dict[str, Check[ConfiguredTarget]] = {
    "ids": config_checks.ids,
    "redirect": config_checks.redirect,
    "permissions": config_checks.permissions,
    "commands": config_checks.commands,
    "git": config_checks.git,
    "keyring": token_checks.keyring,
    "env": config_checks.env,
    "token": token_checks.token,
    "instance": machine_checks.instance,
}
"""Checks of what the config names, by topic."""

TOPICS = (
    *("config", "ids", "redirect", "permissions", "commands", "git"),
    *("keyring", "secrets", "env", "token"),
    *("proxy", "trust", "dns", "tls", "webex", "clock"),
    *("tray", "autostart", "instance", "journal", "versions"),
)
"""The topics in the order of the output."""

_NETWORK_PATH = ("trust", "dns", "tls", "webex")
"""The way to Webex: if one of these fails, those after it fail, too."""


def run_checks(target: Target, timeout: float = TIMEOUT) -> list[Finding]:
    """Return every finding. `timeout`: seconds for each check."""
    config_call = _start("config", lambda: config_checks.check_config(target))
    calls = {
        topic: _start(topic, partial(_all, check, target))
        for topic, check in PROFILE_CHECKS.items()
    }
    deadline = time.monotonic() + timeout
    result = _result("config", config_call, deadline)
    found, config = result if isinstance(result, tuple) else ([result], None)
    if config is not None:
        configured = ConfiguredTarget(target.profile, config)
        for topic, check in CONFIG_CHECKS.items():
            calls[topic] = _start(topic, partial(_all, check, configured))
        deadline = time.monotonic() + timeout
    for topic, call in calls.items():
        findings = _result(topic, call, deadline)
        found += findings if isinstance(findings, list) else [findings]
    return sorted(_without_consequences(found), key=lambda finding: TOPICS.index(finding.topic))


def _without_consequences(found: list[Finding]) -> list[Finding]:
    """The findings without those that only follow from another: if a server's name is not found,
    it has no certificate and no answer either. A dead token stays, and refers to its cause."""
    bad = {finding.topic for finding in found if finding.grade is Grade.FAULT}
    first = next((topic for topic in _NETWORK_PATH if topic in bad), _NETWORK_PATH[-1])
    later = _NETWORK_PATH[_NETWORK_PATH.index(first) + 1 :]
    cause = next((topic for topic in ("keyring", "secrets", "env") if topic in bad), "")
    return [
        replace(it, remedy=f"see {cause}") if cause and it.topic == "token" and it.remedy else it
        for it in found
        if it.topic not in later or it.grade is not Grade.FAULT
    ]


def _all(check: Check[T], target: T) -> list[Finding]:
    return list(check(target))


def _start(topic: str, work: Callable[[], T]) -> Future[T]:
    return start_thread(work, f"check-{topic}")


def _result(topic: str, call: Future[T], deadline: float) -> T | Finding:
    """The result, or a finding that says that the check hangs or has failed."""
    left = max(0.0, deadline - time.monotonic())
    RunningTime().wait(lambda step: wait((call,), step).done, left)
    if not call.done():
        return fault(topic, "does not answer", "try again; something on this machine hangs")
    try:
        return call.result()
    except Exception as error:  # a boundary: one broken check must not end all others
        log.exception("the check of %s failed", topic)
        message = f"could not be checked ({type(error).__name__})"
        return fault(topic, message, "webex-token-tray doctor --debug says where; please report it")
