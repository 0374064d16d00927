"""Changes that `tray.onStateChange` hears of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tray_app.model.signs import Colour


class StateChange(StrEnum):
    """What has changed. Of several at once, the first ones are told first."""

    RENEWED = "renewed"
    RENEWAL_FAILED = "renewal-failed"
    WORSE = "worse"
    BETTER = "better"
    PERSON_NEEDED = "person-needed"


@dataclass(frozen=True, slots=True)
class ToldState:
    """What was told last; the defaults are what nothing needs to be told of.

    `token`: fingerprint of the last token in `.env` that worked, "" if there was none; `failing`:
    whether the last renewal failed; `need`: for what a person is needed, "" for nothing.
    """

    colour: Colour = Colour.GREEN
    token: str = ""
    failing: bool = False
    need: str = ""
