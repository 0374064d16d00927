"""B15: on a full or read-only disk nothing is spent that cannot be saved; and what Webex has given
is saved at once, though another program holds the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.faults.conftest import Measure
from tests.faults.disk_rig import NEEDS_ROOT, Disks, disks, wait_until_written
from tests.faults.table import Bar, limit, rounds
from tray_app.sandbox.recording import Kind

pytestmark = NEEDS_ROOT

LONG = rounds(0, 1)

BAR = Bar("B15", "store", least=rounds(16, 69))

PLACES = (("home",), ("env",), ("home", "env"))
COMMANDS = (("refresh",), ("token",), ("run", "--", "true"))
STAYING = (("watch",), ("tray", "--backend", "none", "--debug"))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Disks]:
    with disks(tmp_path) as made:
        yield made


def only_by(disks: Disks, method: int) -> None:
    """Let the token die, so that this method renews it: 1 or 3."""
    disks.webex.revoke_service_access()
    if method == 3:
        disks.webex.revoke_service_refresh()
        disks.webex.revoke_integration_access()


def name(value: object) -> str:
    """What a parameter is called in the name of a case."""
    return "+".join(value) if isinstance(value, tuple) else str(value)


def cases() -> list[tuple[str, tuple[str, ...], int, tuple[str, ...]]]:
    """In the long form all of them; in the short one `refresh` where it is full, where everything
    is read-only, and the other commands once."""
    return [
        (how, place, method, command)
        for how in ("full", "read-only")
        for place in PLACES
        for method in (1, 3)
        for command in COMMANDS
        if LONG
        or (command == COMMANDS[0] and (how == "full" or len(place) == 2))
        or (how, place, method) == ("full", ("home",), 1)
    ]


@pytest.mark.parametrize(("how", "place", "method", "command"), cases(), ids=name)
def test_a_command_spends_nothing_that_cannot_be_saved_and_heals(
    small: Disks, how: str, place: tuple[str, ...], method: int, command: tuple[str, ...]
) -> None:
    only_by(small, method)
    before = len(small.spent())
    small.break_(how, place)
    done = small.run(*command)
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    dead = ["the service app's"] if method == 3 else []
    assert [each for each in small.lost() if each not in dead] == []
    if "home" in place:
        assert len(small.spent()) == before, said
        assert done.returncode != 0
        why = "Read-only file system" if how == "read-only" else "No space left on device"
        assert why in said

    small.mend(how, place)
    healed = small.run("refresh")
    assert healed.returncode == 0, healed.stdout + healed.stderr
    assert small.lost() == []


def staying() -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """A full home, and in the long form everything."""
    return [
        (how, place, command)
        for how in (("full", "read-only") if LONG else ("full",))
        for place in (PLACES if LONG else PLACES[:1])
        for command in STAYING
    ]


@pytest.mark.parametrize(("how", "place", "command"), staying(), ids=name)
def test_what_stays_spends_nothing_that_cannot_be_saved(
    small: Disks, how: str, place: tuple[str, ...], command: tuple[str, ...]
) -> None:
    only_by(small, 1)
    small.break_(how, place)
    before = len(small.spent())
    with Program(small.program(*command), small.environ) as program:
        program.expect("cannot be", timeout=30)
    assert small.lost() == []
    if "home" in place:
        assert len(small.spent()) == before
    small.mend(how, place)
    healed = small.run("refresh")
    assert healed.returncode == 0, healed.stdout + healed.stderr
    assert small.lost() == []


@pytest.mark.parametrize("command", [COMMANDS[0], STAYING[0]], ids=name)
@pytest.mark.parametrize("method", [1, 3])
def test_a_locked_database_holds_up_neither_store_nor_env(
    small: Disks, figure: Measure, method: int, command: tuple[str, ...]
) -> None:
    """Held for as long as the program runs; it took 10 s to the store and 70 s to `.env`."""
    only_by(small, method)
    secrets, env = small.secrets_path, small.seen(small.env_path)
    kind = Kind.SERVICE_REFRESH if method == 1 else Kind.INTEGRATION_REFRESH
    before, began = env.stat().st_mtime, datetime.now(UTC)
    with small.locked_database(), Program(small.program(*command), small.environ):
        request = small.webex.wait_for_request(
            lambda seen: seen.kind is kind and seen.at > began, timedelta(seconds=30)
        )
        asked = request.at.timestamp()
        kept = wait_until_written(secrets, asked) - asked
        written = wait_until_written(env, before) - asked
    figure("answer to store", kept, "s")
    figure("answer to .env", written, "s")
    assert kept <= limit(1.0)
    assert written <= limit(1.5)
    assert small.lost() == []
