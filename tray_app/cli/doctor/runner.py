"""The checks side by side, each within its time: one that hangs holds up none of the others."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar

from tray_app.cli.doctor import config_checks, machine_checks, network_checks, token_checks
from tray_app.cli.doctor.finding import Finding, Grade, fault
from tray_app.cli.doctor.target import ConfiguredTarget, Target
from tray_app.system.concurrency import Call

T = TypeVar("T")
Check = Callable[[T], Iterator[Finding]]

log = logging.getLogger(__name__)

TIMEOUT = 20.0
"""Seconds for a check; those that ask network or keyring give up earlier, by themselves."""

ANY: dict[str, Check[Target]] = {
    "proxy": network_checks.proxy,
    "trust": network_checks.trust,
    "dns": network_checks.dns,
    "tls": network_checks.tls,
    "webex": network_checks.webex,
    "tray": machine_checks.tray,
    "autostart": machine_checks.autostart,
    "journal": machine_checks.token_facts,
    "versions": machine_checks.versions,
}
"""What can be looked at without a config."""

CONFIGURED: dict[str, Check[ConfiguredTarget]] = {
    "ids": config_checks.ids,
    "redirect": config_checks.redirect,
    "permissions": config_checks.permissions,
    "keyring": token_checks.keyring,
    "env": config_checks.env,
    "token": token_checks.token,
    "instance": machine_checks.instance,
}
"""What the config names."""

TOPICS = (
    *("config", "ids", "redirect", "permissions", "keyring", "secrets", "env", "token"),
    *("proxy", "trust", "dns", "tls", "webex", "clock"),
    *("tray", "autostart", "instance", "journal", "versions"),
)
"""In the order in which they are told."""


_WAY = ("trust", "dns", "tls", "webex")
"""What leads to Webex, each by way of those before it."""


def run_checks(case: Target, timeout: float = TIMEOUT) -> list[Finding]:
    """Return every finding. `timeout`: seconds for each check."""
    opening = _begun("config", lambda: config_checks.opened(case))
    calls = {topic: _begun(topic, partial(_all, check, case)) for topic, check in ANY.items()}
    deadline = time.monotonic() + timeout
    opened = _outcome("config", opening, deadline)
    found, config = opened if isinstance(opened, tuple) else ([opened], None)
    if config is not None:
        known = ConfiguredTarget(case, config)
        for topic, check in CONFIGURED.items():
            calls[topic] = _begun(topic, partial(_all, check, known))
        deadline = time.monotonic() + timeout
    for topic, call in calls.items():
        findings = _outcome(topic, call, deadline)
        found += findings if isinstance(findings, list) else [findings]
    return sorted(_first_causes(found), key=lambda finding: TOPICS.index(finding.topic))


def _first_causes(found: list[Finding]) -> list[Finding]:
    """The findings without those that follow from another one: without its name found, a server
    gives no certificate and no answer either. A dead token stays, and leads to what keeps it so."""
    bad = {finding.topic for finding in found if finding.grade is Grade.FAULT}
    first = next((topic for topic in _WAY if topic in bad), _WAY[-1])
    later = _WAY[_WAY.index(first) + 1 :]
    cause = next((topic for topic in ("keyring", "secrets", "env") if topic in bad), "")
    return [
        replace(it, remedy=f"see {cause}") if cause and it.topic == "token" and it.remedy else it
        for it in found
        if it.topic not in later or it.grade is not Grade.FAULT
    ]


def _all(check: Check[T], looked_at: T) -> list[Finding]:
    return list(check(looked_at))


def _begun(topic: str, work: Callable[[], T]) -> Call[T]:
    """Have it done in a thread of its own, which the end of the program does not wait for."""
    call = Call(work)
    threading.Thread(target=call.run, name=f"check-{topic}", daemon=True).start()
    return call


def _outcome(topic: str, call: Call[T], deadline: float) -> T | Finding:
    """What came of it by then; a check that hangs or fails is a finding, too."""
    if not call.done.wait(max(0.0, deadline - time.monotonic())):
        return fault(topic, "does not answer", "try again; something on this machine hangs")
    try:
        return call.outcome()
    except Exception as error:  # a boundary: one bad check must not end all others
        log.exception("the check of %s failed", topic)
        says = f"could not be looked at ({type(error).__name__})"
        return fault(topic, says, "webex-token-tray doctor --debug says where; please report it")
