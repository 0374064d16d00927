"""Asks Webex's status feed whether there is an incident, in a thread that nothing waits for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from tray_app.model.errors import Unreachable
from tray_app.model.incident import Incident
from tray_app.policy.incidents import ASK_AGAIN, parse_incidents, still_counts
from tray_app.storage.incidents import IncidentRecord
from tray_app.storage.token_facts import TokenFacts
from tray_app.webex.api_base import status_feed
from tray_app.webex.client import RequestLimits, Webex

log = logging.getLogger(__name__)

_LIMITS = RequestLimits(connect=5.0, read=10.0, total=15.0, max_bytes=1 << 19)
ANSWER_TIMEOUT = 3.0
"""Seconds that a command waits for an answer if nothing of it has to be renewed."""

_PATH = "/unresolved-incidents.json"


class WebexStatus:
    """The status feed of one Webex. All processes of a user ask it once in five minutes at most."""

    def __init__(self, feed: str, record: IncidentRecord, clock: Callable[[], datetime]) -> None:
        """`feed`: its address, without the last part."""
        self._feed = feed
        self._record = record
        self._clock = clock
        self._thread: threading.Thread | None = None
        self._is_closed = False

    @classmethod
    def of(
        cls, base: str, token_facts: TokenFacts, clock: Callable[[], datetime]
    ) -> WebexStatus | None:
        """Return that of the Webex at this API base; None if it has no feed."""
        feed = status_feed(base)
        return cls(feed, token_facts.incidents(feed), clock) if feed else None

    def ask(self, wait: float = 0.0) -> None:
        """Have the feed asked, unless that was done lately. `wait`: seconds to wait for the answer;
        `incident` returns it."""
        if self._record.claim(self._clock(), ASK_AGAIN):
            self._thread = threading.Thread(target=self._ask, name="webex status", daemon=True)
            self._thread.start()
        if wait and self._thread is not None:
            self._thread.join(wait)

    def incident(self) -> Incident | None:
        """Return the incident that the feed reported last, if that still counts."""
        found = self._record.latest()
        return found[0] if found and still_counts(found[1], self._clock()) else None

    def close(self, wait: float = 0.0) -> None:
        """Record nothing more. `wait`: seconds to wait for an answer, for the next command; once it
        is closed, nothing waits."""
        if self._thread is not None and wait and not self._is_closed:
            self._thread.join(wait)
        self._is_closed = True

    def _ask(self) -> None:
        webex = Webex(self._feed, self._clock, limits=_LIMITS)
        try:
            incident = parse_incidents(webex.read_public(_PATH))
        except (Unreachable, ValueError) as error:
            log.info("no answer from %s: %s", self._feed, error)
        else:
            log.info("%s: %s", self._feed, incident.name if incident else "no incident")
            if not self._is_closed:
                self._record.record(incident, self._clock())
        finally:
            webex.close()
