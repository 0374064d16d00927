"""The verdict of the health table as the program is shipped."""

from __future__ import annotations

from datetime import datetime

from tests.policy.samples import NOW
from tray_app.model.health import Health, Observations
from tray_app.model.settings import Thresholds
from tray_app.model.signs import Colour, Shape
from tray_app.policy.health import evaluate

LIMITS = Thresholds()
LOOKS = {
    1: (Colour.RED, Shape.CROSS),
    2: (Colour.RED, Shape.CROSS),
    3: (Colour.RED, Shape.CROSS),
    4: (Colour.AMBER, Shape.BANG),
    5: (Colour.AMBER, Shape.QUERY),
    6: (Colour.AMBER, Shape.QUERY),
    7: (Colour.AMBER, Shape.BANG),
    8: (Colour.AMBER, Shape.BANG),
    9: (Colour.AMBER, Shape.BANG),
    10: (Colour.AMBER, Shape.BANG),
    11: (Colour.GREEN, Shape.CHECK),
}
"""What each row shows."""


def judge(facts: Observations, now: datetime = NOW) -> Health:
    return evaluate(facts, now, LIMITS)
