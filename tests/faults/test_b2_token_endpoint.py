"""B2: whatever the token endpoint answers to rung 1, while rungs 2 and 3 are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import token_answers
from tests.faults.conftest import Measure
from tests.faults.outcomes import Nothing, Renewed, verify_nothing, verify_renewed, verify_stuck
from tests.faults.relay import Endpoint, Spoil
from tests.faults.scene import scene
from tests.faults.table import Bar, rounds
from tests.faults.token_answers import Outcome

BAR = Bar("B2", "token endpoint", least=rounds(60, 163))

CASES = [
    *token_answers.definite_noes(),
    *token_answers.portals(),
    *token_answers.other_statuses(),
    *token_answers.retry_afters(),
    *token_answers.odd_bodies(),
    *token_answers.odd_lives(),
    *token_answers.good_in_odd_clothes(),
]


@pytest.mark.parametrize(
    ("spoil", "expected"), [(s, e) for _, s, e in CASES], ids=[name for name, *_ in CASES]
)
def test_an_answer_to_rung_1(
    tmp_path: Path, figure: Measure, spoil: Spoil, expected: Outcome
) -> None:
    """A definite no leads to rung 2, a refused client to a person, all else to a later try."""
    with scene(tmp_path) as made:
        made.die()
        kept = made.kept()
        health = made.refresh_through(Endpoint.RUNG_1, spoil)
        if isinstance(expected, Nothing):
            assert made.relay.asked == [Endpoint.RUNG_1]
            verify_nothing(made, health, kept, expected, figure)
        elif isinstance(expected, Renewed):
            verify_renewed(made, health, kept, expected)
        else:
            verify_stuck(made, health, kept, expected)
