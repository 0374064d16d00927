"""Every situation that the health table knows."""

from __future__ import annotations

from tests.policy.situation import Situation
from tests.policy.situations_dead import DEAD_TOKEN
from tests.policy.situations_sources import DATA_SOURCES
from tests.policy.situations_working import WORKING_TOKEN

SITUATIONS: tuple[Situation, ...] = DEAD_TOKEN + WORKING_TOKEN + DATA_SOURCES
