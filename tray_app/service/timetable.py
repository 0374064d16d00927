"""When the engine acts: the next check, the next renewal, and what Webex asked us to wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tray_app.model.credentials import Lifespan
from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.model.renewal import Renewing
from tray_app.model.secret import Secret
from tray_app.policy import health, schedule
from tray_app.service.dependencies import Dependencies

_TOO_MANY = "HTTP 429"


class Timetable:
    """One profile's timing. Retry-After is in the database by host and client id, so that every
    process and profile honours it."""

    def __init__(self, tools: Dependencies, client_id: str) -> None:
        """`client_id`: the client that asks Webex."""
        self._tools = tools
        self._client_id = client_id
        tools.rate_limiter.join(client_id)
        self._turn: int | None = None
        self._reserved_at: datetime | None = None
        self._has_turn = False
        self._unanswered = 0
        self._is_offline = False
        self._renew_again_at: datetime | None = None
        self.renewing = Renewing()
        self.next_check: datetime | None = None

    def switch_client(self, client_id: str) -> None:
        """Ask as this client from now on."""
        if client_id != self._client_id:
            self.end()
            self._client_id = client_id
            self._tools.rate_limiter.join(client_id)
            self._turn, self._has_turn = None, False

    def end(self) -> None:
        """Ask nothing more."""
        self._tools.rate_limiter.leave(self._client_id)

    # --- checks -------------------------------------------------------------------------------

    def note_response(self) -> None:
        """Webex answered a check."""
        self._unanswered = 0
        self._tools.rate_limiter.answered(self._client_id)

    def note_no_response(self, error: Unreachable) -> None:
        """A check had no usable answer."""
        self._unanswered = 1 if error.unsent else self._unanswered + 1
        self._is_offline = error.unsent
        self.pause(error)

    @property
    def next_try(self) -> datetime | None:
        """When this program next acts: a failed renewal may wait longer than the next check."""
        if self.next_check is None or self._renew_again_at is None:
            return self.next_check
        return max(self.next_check, self._renew_again_at)

    def poll_seconds(self, wanted: float) -> float:
        """The seconds between two checks: more than is wanted if many share a limit."""
        return max(wanted, self._tools.rate_limiter.min_interval(self._client_id))

    def may_check(self) -> bool:
        """Whether the rate limit allows a check now, whose turn is then taken; if not, `next_check`
        says when it seemed to, and `due` when it seems to now."""
        limiter, now = self._tools.rate_limiter, self._tools.clock()
        is_new = self._turn is None
        if self._turn is None and not self._has_turn:
            self._turn, self._reserved_at = limiter.reserve(self._client_id), now
        if self._turn is not None and limiter.take(self._client_id, self._turn):
            self._turn, self._has_turn = None, True
        if is_new and not self._has_turn:
            self.next_check = self.due
        return self._has_turn

    @property
    def due(self) -> datetime | None:
        """When the next check is due. If it waits for its turn, that may come closer."""
        if self._turn is None:
            return self.next_check
        wait = self._tools.rate_limiter.wait(self._client_id, self._turn)
        return self._tools.clock() + timedelta(seconds=wait) if wait else self._reserved_at

    def note_request(self) -> None:
        """A request goes out, in its turn or without waiting for one."""
        if not self._has_turn:
            self._tools.rate_limiter.charge(self._client_id)
        self._has_turn = False

    def plan(
        self,
        poll_seconds: float,
        life: Lifespan | None,
        confirmed_at: datetime | None,
        also: Iterable[datetime],
    ) -> None:
        """Set `next_check`. `life` and `confirmed_at` are those of the token in `.env`; `also`:
        when a renewal method must be exercised, or a data source extended."""
        tools = self._tools
        self._has_turn = False  # it was for this check, even if nothing was sent
        points = [*also, *([self._renew_again_at] if self._renew_again_at else [])]
        if confirmed_at is not None:  # a green that has become stale shows as amber
            points.append(confirmed_at + health.stale_after(poll_seconds, tools.limits))
        if life is not None:
            points += [health.renewal_starts(life, tools.limits), life.ends + tools.limits.skew]
        self.next_check = schedule.next_check(
            tools.clock(),
            poll_seconds=poll_seconds,
            failures=self._unanswered,
            is_offline=self._is_offline,
            not_before=self.paused_until(),
            turning_points=tuple(points),
            jitter=tools.roll(),
            timing=tools.pace,
        )

    # --- Retry-After --------------------------------------------------------------------------

    def pause(self, error: Unreachable) -> None:
        """Ask Webex nothing for as long as it wants, and less often after a 429."""
        if error.http_status == _TOO_MANY:
            self._tools.rate_limiter.refused(self._client_id)
        if error.retry_after:
            wait = schedule.capped_retry_after(error.retry_after, self._tools.pace)
            until = self._tools.clock() + timedelta(seconds=wait)
            until = max(until, self.paused_until() or until)
            self._tools.token_facts.pause(self._asked, until)
            self._tools.rate_limiter.drain(self._client_id)

    def paused_until(self) -> datetime | None:
        """Until when Webex asked us to wait; None if it did not, or that is over."""
        now, tools = self._tools.clock(), self._tools
        until = tools.token_facts.paused_until(self._asked)
        return until if is_ahead(until, now, tools.pace.longest_retry_after) else None

    @property
    def _asked(self) -> str:
        """The name of the wait: rates are counted by client id."""
        return f"{self._tools.webex.host}/{self._client_id}"

    # --- renewals -----------------------------------------------------------------------------

    def may_renew(self) -> bool:
        """Whether neither back-off nor Retry-After forbids an automatic renewal now."""
        now, timing = self._tools.clock(), self._tools.pace
        longest = max(timing.longest_retry, timing.longest_retry_after)
        backing_off = is_ahead(self._renew_again_at, now, longest)
        return not backing_off and self.paused_until() is None

    def renewal_failed(
        self, failure: TransportFailure | None, error: Unreachable | None = None
    ) -> None:
        """A renewal failed: back off. `error`: if there was no usable answer."""
        retry_after, trace = (error.retry_after, error.trace) if error else (None, "")
        if error is not None:
            self.pause(error)
        now, timing = self._tools.clock(), self._tools.pace
        failures = self.renewing.failures + 1
        self.renewing = Renewing(failures, self.renewing.since or now, failure, trace)
        roll = self._tools.roll()
        if error is not None and error.unsent:
            wait = schedule.offline_retry(roll, timing)
        else:
            wait = schedule.back_off(failures, roll, timing)
        wait = max(wait, schedule.capped_retry_after(retry_after, timing))
        self._renew_again_at = now + timedelta(seconds=wait)

    def token_died(self, failure: TransportFailure | None, trace: str) -> None:
        """The token was found dead: from the first time on it is being renewed. `failure`, `trace`:
        of the check."""
        if self.renewing.since is None:
            self.renewing = Renewing(0, self._tools.clock(), failure, trace)

    def forget_failures(self) -> None:
        """Forget failed renewals, and with them the back-off."""
        self.renewing, self._renew_again_at = Renewing(), None

    def note_unchanged(self, before: Lifespan | None, token: Secret) -> None:
        """After a renewal that extended nothing, or whose expiry is unknown, wait: Webex is not
        asked in a loop."""
        now, timing = self._tools.clock(), self._tools.pace
        after = self._tools.token_facts.lifespan(token)
        if after is None:
            until = now + timedelta(seconds=timing.unchanged_at_most)
        elif before is None or after.ends > before.ends + timedelta(minutes=1):
            return
        else:
            until = schedule.after_unchanged(now, after.ends, timing)
        self._tools.token_facts.pause(_renewal_of(token), until)

    def unchanged_lately(self, token: Secret) -> bool:
        """Whether a renewal ahead of time would most likely extend nothing again."""
        until = self._tools.token_facts.paused_until(_renewal_of(token))
        return is_ahead(until, self._tools.clock(), self._tools.pace.unchanged_at_most)


def is_ahead(until: datetime | None, now: datetime, longest: float) -> bool:
    """Whether a wait is not over. If it is longer than we ever wait, the clock was set back."""
    return until is not None and now < until <= now + timedelta(seconds=longest)


def _renewal_of(token: Secret) -> str:
    return f"renew/{token.digest}"
