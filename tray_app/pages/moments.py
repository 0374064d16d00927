"""Times on a page: local for people, UTC for programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from tray_app.pages.html import Html, element, join
from tray_app.text.report import iso
from tray_app.text.times import clock, day


@dataclass(frozen=True, slots=True)
class Moments:
    """Formats times as of `at` (UTC). `zone`: None for this machine's."""

    at: datetime
    zone: tzinfo | None = None

    def time(self, at: datetime) -> Html:
        """Return a time as an element."""
        return element("time", clock(at, self.at, self.zone), datetime=iso(at))

    def within(self, text: str, at: datetime | None) -> Html:
        """Return the text, and in it this time, if it is there, as an element."""
        if at is not None:
            for shown in (clock(at, self.at, self.zone), day(at, self.at, self.zone)):
                before, found, after = text.partition(shown)
                if found:
                    return join(before, element("time", shown, datetime=iso(at)), after)
        return join(text)
