"""One life of a contender: time goes from happening to happening, and what is so is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise, zip_longest
from pathlib import Path

from tests.profile import Profile, full_profile
from tests.simulation.calendar import DAY, HOUR, MINUTE, Awake, Calendar, Happening, What
from tests.simulation.contender import Asks, Contender
from tests.simulation.ledger import Because, Ledger
from tests.simulation.scripts import Scripts
from tests.simulation.tray import Tray
from tests.simulation.wire import Wire
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.sandbox.tokens import Use

REACHES = 30 * MINUTE
"""Until a person who is asked for something now has done it, in office time."""

_RETRY_AFTER = 10 * MINUTE
_NOTICING = timedelta(seconds=15)
_RENEWALS = {Kind.SERVICE_REFRESH, Kind.INTEGRATION_REFRESH, Kind.MINT}
_FAULTS = {
    What.DOWN: Fault.unavailable(),
    What.NETWORK: Fault.dropped(),
    What.STORM: Fault.rate_limited(int(_RETRY_AFTER.total_seconds())),
}


@dataclass(frozen=True, slots=True)
class Who:
    """Who is to live. `puts_off`: signs in only when nothing else can renew the token any more,
    not by the day that is named."""

    policy: RefreshPolicy
    scripts: bool = False
    puts_off: bool = False


@dataclass
class _World:
    """What the contender does not know."""

    spells: list[What] = field(default_factory=list)
    answers_since: datetime | None = None
    answered_at: datetime | None = None
    authorized: bool = True
    withdrawn: bool = False
    signed_in_at: datetime | None = None
    woke_at: datetime | None = None
    died_at: datetime | None = None
    person_at: datetime | None = None


class Life:
    """A profile, its Webex and a contender, in the time of a calendar."""

    def __init__(
        self, who: Who, plan: Calendar, folder: Path, poll: timedelta, *, every: bool = False
    ) -> None:
        """`every`: make every check, also one that must find what the last one found."""
        self._who = who
        self._plan = plan
        self._poll = poll
        self._every = every
        begin = plan.awake[0].begin
        self._clock = ManualClock(begin)
        self._wire = Wire(who.policy, self._clock)
        self._webex = self._wire.webex
        self._profile = self._set_up(folder)
        self._one: Contender = (
            Scripts(self._profile, self._wire, self._clock, poll)
            if who.scripts
            else Tray(self._profile, self._wire, self._clock)
        )
        self._world = _World(answers_since=begin, signed_in_at=begin)
        self._ledger = Ledger()
        self._stamp = (0, 0)
        self._token = ""
        self._repeated: list[datetime] = []
        self._same_until: datetime | None = None

    def lived(self) -> Ledger:
        """Live it, and return what was counted."""
        happenings = list(self._plan.happenings)
        for span, after in zip_longest(self._plan.awake, self._plan.awake[1:]):
            while happenings and happenings[0].at <= span.begin:
                self._happen(happenings.pop(0))
            self._advance(span.begin)
            self._day(span, after, happenings)
        self._one.close()
        self._count()
        return self._ledger

    def _set_up(self, folder: Path) -> Profile:
        profile = full_profile(folder, self._webex)
        profile.write_config(
            lambda config: config["tray"].update(pollSeconds=self._poll.total_seconds())
        )
        return profile

    def _day(self, span: Awake, after: Awake | None, happenings: list[Happening]) -> None:
        """From waking to sleep. `after`: when the machine is awake next."""
        world = self._world
        world.woke_at = span.begin
        self._one.wake(fresh=span.fresh)
        while (now := self._clock()) < span.end:
            if self._one.next_at <= now:
                self._check(now, self._next_check(now, span, after), self._until(now, happenings))
                self._attend(now)
            until = min(self._until(now, happenings), self._one.next_at, span.end)
            self._measure(now, until)
            self._advance(until)
            while happenings and happenings[0].at <= until:
                self._happen(happenings.pop(0))
            self._attend(until)

    def _until(self, now: datetime, happenings: list[Happening]) -> datetime:
        """When something changes next that the contender does not do: Webex answers alike before
        that."""
        coming = [self._world.person_at, self._expiry(), self._plan.awake[-1].end]
        coming += [happenings[0].at] if happenings else []
        return min(at for at in coming if at is not None and at > now)

    def _next_check(self, now: datetime, span: Awake, after: Awake | None) -> datetime | None:
        """When the check after this one is made at the latest; None if it is not by the same
        program."""
        soon = now + self._poll * 1.1
        if soon < span.end:
            return soon
        return None if after is None or after.fresh else after.begin + _NOTICING

    def _check(self, now: datetime, following: datetime | None, until: datetime) -> None:
        """A check is due. If nothing has changed since the last one, and nothing does before the
        next, the contender may repeat that one's finding: all that follows is the same."""
        is_between = until == self._same_until and following is not None and following < until
        if is_between and not self._every and self._one.repeats():
            self._repeated.append(now)
            return
        self._one.act()
        self._same_until = until

    def _advance(self, until: datetime) -> None:
        if until > self._clock():
            self._clock.advance(until - self._clock())

    # --- what happens -------------------------------------------------------------------------

    def _happen(self, happening: Happening) -> None:
        webex, world, what = self._webex, self._world, happening.what
        match what:
            case What.DOWN | What.NETWORK | What.STORM:
                world.spells.append(what)
                webex.go_down(_FAULTS[what])
            case What.BACK:
                self._back(happening.at)
            case What.ACCESS_REVOKED:
                webex.revoke_service_access()
            case What.PAIR_REVOKED:
                webex.revoke_service_refresh()
                webex.revoke_service_access()
            case What.PERSONAL_REVOKED:
                webex.revoke_integration_access()
            case What.DEAUTHORIZED:
                webex.deauthorize_app()
                world.authorized = False
            case What.REAUTHORIZED:
                webex.reauthorize_app()
            case What.CLICKED:
                world.authorized = True
                world.answers_since = max(happening.at, world.answers_since or happening.at)
                self._one.refresh()
            case What.WITHDRAWN:
                webex.revoke_integration()
                world.withdrawn = True

    def _back(self, at: datetime) -> None:
        """The oldest spell is over; what is left of the others goes on."""
        world = self._world
        over = world.spells.pop(0)
        self._webex.come_back()
        if world.spells:
            self._webex.go_down(_FAULTS[world.spells[-1]])
        # Whoever was told to wait does so.
        world.answers_since = at + (_RETRY_AFTER if over is What.STORM else timedelta())

    # --- the person ---------------------------------------------------------------------------

    def _attend(self, now: datetime) -> None:
        world, one = self._world, self._one
        if world.spells or not world.authorized:
            return
        if world.person_at is not None and now >= world.person_at:
            world.person_at = None
            self._signed_in(now)
        elif one.asks is Asks.NOW:
            world.person_at = world.person_at or now + REACHES
        elif one.asks is Asks.IN_TIME and not self._who.puts_off:
            # On the last day at work before the one that is named, else today.
            later = one.asked_by is not None and self._next_day(now) + DAY < one.asked_by
            world.person_at = None if later else world.person_at or now + REACHES
        else:
            world.person_at = None

    def _next_day(self, now: datetime) -> datetime:
        """When the machine is awake on another day."""
        ahead = (span.begin for span in self._plan.awake if span.begin.date() > now.date())
        return next(ahead, now)

    def _signed_in(self, now: datetime) -> None:
        world = self._world
        fixed = self._who.policy is RefreshPolicy.SAME_NEVER_EXTENDED
        assert world.signed_in_at is not None
        used_up = fixed and now - world.signed_in_at > 60 * DAY
        if not (used_up or world.withdrawn):
            self._ledger.avoidable_sign_ins += 1
        self._ledger.sign_ins.append(now)
        world.withdrawn, world.signed_in_at = False, now
        self._one.sign_in()

    # --- what is counted ----------------------------------------------------------------------

    def _carried(self) -> str:
        """The token that a program reading `.env` gets; read anew where the file is another."""
        found = self._profile.env_path.stat()
        stamp = found.st_ino, found.st_mtime_ns
        if stamp != self._stamp:
            self._stamp, self._token = stamp, self._profile.env_access() or ""
        return self._token

    def _expiry(self) -> datetime | None:
        """When that one ends, by Webex's own book."""
        token = self._webex.tokens.find(self._carried())
        return token.expires_at if token else None

    def _is_dead(self) -> bool:
        return self._webex.tokens.live(self._carried(), Use.ACCESS) is None

    def _measure(self, begin: datetime, end: datetime) -> None:
        world = self._world
        if not self._is_dead():
            world.died_at = None
            if not world.spells and end >= self._noticed(world.woke_at, world.answers_since):
                world.answered_at = end
            return
        world.died_at = world.died_at or begin
        if world.spells or end <= begin:
            return
        assert world.answers_since is not None
        begin = max(begin, min(end, world.answers_since))
        if begin >= end:
            return
        if not world.authorized:
            self._ledger.note_dead(begin, end, Because.ADMIN)
            return
        if world.person_at is not None:
            self._ledger.note_dead(begin, end, Because.PERSON)
            return
        noticed = self._noticed(world.died_at, world.woke_at, world.answers_since)
        middle = begin if self._was_foreseeable() else min(end, max(begin, noticed))
        if begin < middle:
            self._ledger.note_dead(begin, middle, Because.NOTICED)
        if middle < end:
            self._ledger.note_dead(middle, end, Because.AVOIDABLE)

    def _noticed(self, *since: datetime | None) -> datetime:
        """When the contender has asked Webex at the latest, once all of this was so."""
        return max(at for at in since if at) + self._poll * 1.05 + _NOTICING

    def _was_foreseeable(self) -> bool:
        """Whether it has come to its end, and not in a long absence or outage: in the three days
        before, the machine was awake and Webex answered long enough to be asked."""
        ends, world = self._expiry(), self._world
        if ends is None or ends > self._clock():
            return False
        return world.answered_at is not None and ends - world.answered_at <= 3 * DAY

    def _count(self) -> None:
        ledger, seen, repeated = self._ledger, self._webex.requests, self._repeated
        ledger.requests = len(seen) + len(repeated)
        ledger.checks = sum(each.kind is Kind.DATA_SOURCES for each in seen) + len(repeated)
        ledger.renewals = sum(each.kind in _RENEWALS for each in seen)
        ledger.intervals = self._plan.hours * HOUR / self._poll + len(self._plan.awake)
        woken = {span.begin for span in self._plan.awake}
        alone = sorted({each.at for each in seen} | set(repeated))
        busy = {
            each.at for each in seen if each.kind in _RENEWALS or each.status not in (200, None)
        } | {each.at for each in seen if each.status is None}
        for before, after in pairwise(alone):
            if after - before < self._poll * 0.94 and not {before, after} & busy:
                ledger.crowded += not any(before < at <= after for at in woken)
