"""What the status feed said, and that it is asked by one at a time."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tray_app.model.incident import Incident
from tray_app.storage.token_facts import TokenFacts

FEED, NOW, EVERY = (
    "https://status.example",
    datetime(2026, 3, 2, 12, tzinfo=UTC),
    timedelta(minutes=5),
)
CLAIM = f"""
import sys
from datetime import datetime, timedelta
from pathlib import Path
from tray_app.storage.token_facts import TokenFacts
facts = TokenFacts(Path(sys.argv[1]))
sys.stdin.read(1)
print(facts.incidents("{FEED}").claim(datetime.fromisoformat("{NOW}"), timedelta(minutes=5)))
facts.close()
"""


def test_an_incident_is_remembered_to_the_second(token_facts: TokenFacts) -> None:
    record = token_facts.incidents(FEED)
    assert record.claim(NOW, EVERY)
    assert record.latest() is None
    incident = Incident("APIs fail", NOW - EVERY, 3)
    record.record(incident, NOW)
    assert token_facts.incidents(FEED).latest() == (incident, NOW)
    record.record(None, NOW)
    assert record.latest() is None
    assert token_facts.incidents("https://other.example").latest() is None


def test_it_is_asked_again_after_five_minutes_or_if_the_clock_was_set_back(
    token_facts: TokenFacts,
) -> None:
    record, second = token_facts.incidents(FEED), timedelta(seconds=1)
    assert record.claim(NOW, EVERY)
    assert not record.claim(NOW, EVERY)
    assert not record.claim(NOW + EVERY - second, EVERY)
    assert record.claim(NOW + EVERY, EVERY)
    assert record.claim(NOW, EVERY)


def test_of_many_threads_one_asks(token_facts: TokenFacts) -> None:
    with ThreadPoolExecutor(16) as pool:
        won = [pool.submit(token_facts.incidents(FEED).claim, NOW, EVERY) for _ in range(64)]
        assert sum(each.result() for each in won) == 1


@pytest.mark.process
def test_of_several_processes_one_asks(journal: Path, token_facts: TokenFacts) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM, str(journal)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    said = [racer.communicate("x", timeout=60)[0].strip() for racer in racers]
    assert sorted(said) == ["False", "False", "False", "True"]


def test_a_damaged_row_is_no_incident(token_facts: TokenFacts) -> None:
    record = token_facts.incidents(FEED)
    record.claim(NOW, EVERY)
    record.record(Incident("x"), NOW)
    token_facts.database.write("UPDATE incident SET heard = 'soon'")
    assert record.latest() is None
