"""Asks Webex whether a token works, and records the answer."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from tray_app.model.data_sources import DataSource
from tray_app.model.errors import Unreachable
from tray_app.model.events import Event, EventType
from tray_app.model.failures import TransportFailure
from tray_app.model.responses import Verdict
from tray_app.model.secret import Secret
from tray_app.service.dependencies import Dependencies
from tray_app.service.timetable import Timetable

log = logging.getLogger(__name__)


class TokenCheck:
    """Webex's last answer, for one profile.

    `asked_at`: when Webex was last asked, answered or not (UTC). `failure`: why it did not answer;
    `trace`: status and tracking id of that response.
    `waits_until`: when it may be asked again, if it had told us to wait (UTC). `skew`: its clock
    minus ours. `sources`: the data sources as last listed; None if the token may not list them.
    """

    def __init__(self, tools: Dependencies, timetable: Timetable) -> None:
        self._tools = tools
        self._timetable = timetable
        self.asked_at: datetime | None = None
        self.waits_until: datetime | None = None
        self.failure: TransportFailure | None = None
        self.trace = ""
        self.skew: timedelta | None = None
        self.sources: tuple[DataSource, ...] | None = None

    def run(self, token: Secret) -> Verdict | None:
        """Ask about the token; None if there was no answer. Asks nothing while Webex wants us to
        wait."""
        tools = self._tools
        self.waits_until = self._timetable.paused_until()
        if self.waits_until is not None:
            self.failure, self.trace = TransportFailure.THROTTLED, ""
            return None
        try:
            is_second = False
            while True:
                self._timetable.note_request()
                try:
                    answer = tools.webex.check(token)
                finally:
                    if token.is_bearer:  # else it cannot be sent
                        self.asked_at = tools.clock()
                if is_second or answer.verdict is not Verdict.REJECTED:
                    break
                is_second = True  # a 401 is believed when it comes twice
        except Unreachable as error:
            log.info("no answer to the check: %s (%s)", error, error.tracking_id)
            self._record_no_answer(error)
            self.failure, self.trace = error.failure, error.trace
            self._timetable.note_no_response(error)
            return None
        tools.history.record_change(Event(tools.clock(), EventType.ANSWERED))
        self.failure, self.trace, self.skew = None, "", answer.skew
        if answer.sources is not None or answer.verdict is Verdict.UNDER_SCOPED:
            self.sources = answer.sources
        self._timetable.note_response()
        seen, now = tools.token_facts.seen(token), tools.clock()
        if answer.verdict is Verdict.REJECTED:
            log.info("token %s: rejected (%s)", token.fingerprint, answer.tracking_id)
            tools.token_facts.reject(token, now)
            if not seen.rejected:
                self._record(EventType.DIED, token, answer.tracking_id)
        else:
            under_scoped = answer.verdict is Verdict.UNDER_SCOPED
            tools.token_facts.confirm(token, now, under_scoped=under_scoped)
            if seen.rejected or seen.confirmed_at is None:
                self._record(EventType.CONFIRMED, token)
        return answer.verdict

    def update_source(self, source: DataSource) -> None:
        """Take over what Webex has just said of one data source."""
        known = self.sources or ()
        if source.id not in {each.id for each in known}:
            known = (*known, source)
        self.sources = tuple(source if each.id == source.id else each for each in known)

    def _record(self, what: EventType, token: Secret, tracking_id: str = "") -> None:
        event = Event(
            self._tools.clock(), what, fingerprint=token.fingerprint, tracking_id=tracking_id
        )
        self._tools.history.record(event)

    def _record_no_answer(self, error: Unreachable) -> None:
        event = Event(
            self._tools.clock(),
            EventType.UNANSWERED,
            outcome=error.failure,
            tracking_id=error.tracking_id,
            detail=error.http_status,
        )
        self._tools.history.record_change(event)
