"""When a command that has ended is started again."""

from __future__ import annotations

import pytest

from tray_app.policy.restart import delay_after_end


def after(
    code: int = 1,
    *,
    restarted: bool = True,
    replaced: bool = False,
    lasted: float = 0.1,
    delay: float = 0.0,
) -> float | None:
    return delay_after_end(code, restarted=restarted, replaced=replaced, lasted=lasted, delay=delay)


def test_the_delay_doubles_from_a_second_to_a_minute() -> None:
    delay, delays = 0.0, []
    for _ in range(9):
        delay = after(delay=delay) or 0.0
        delays.append(delay)
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_command_that_was_never_restarted_ends_for_good() -> None:
    assert after(restarted=False) is None


def test_one_that_ran_for_a_minute_after_its_restart_ends_for_good() -> None:
    assert after(lasted=59.9) == 1
    assert after(lasted=60) is None


def test_one_that_failed_with_a_token_that_has_been_replaced_is_started_again() -> None:
    assert after(restarted=False, replaced=True, lasted=3600) == 1


@pytest.mark.parametrize("code", [0, 129, 130, 131, 143, -1, -2, -3, -15, 0xC000013A])
@pytest.mark.parametrize("replaced", [False, True])
def test_one_that_was_meant_to_end_ends_for_good(code: int, replaced: bool) -> None:
    assert after(code, replaced=replaced) is None
