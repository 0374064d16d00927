"""What was told last, for all processes: each change belongs to one of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tray_app.model.signs import Colour
from tray_app.model.state_change import ToldState
from tray_app.storage.token_facts import TokenFacts

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RED = ToldState(Colour.RED, "0123abcd", failing=True, need="sign-in-ended")


def test_it_outlives_the_process(journal: Path, token_facts: TokenFacts) -> None:
    told = token_facts.told("a")
    assert told.last() == (ToldState(), 0, 0)
    assert told.replace(0, RED, NOW)
    token_facts.close()
    again = TokenFacts(journal)
    assert again.told("a").last() == (RED, 1, NOW.timestamp())
    assert again.told("b").last().version == 0
    again.told("a").forget()
    assert again.told("a").last().version == 0
    again.close()


def test_who_is_late_does_not_tell(journal: Path, token_facts: TokenFacts) -> None:
    other = TokenFacts(journal)
    assert token_facts.told("a").replace(0, RED, NOW)
    assert not other.told("a").replace(0, ToldState(), NOW)
    assert token_facts.told("a").last().state == RED
    assert other.told("a").replace(1, ToldState(), NOW)
    assert not token_facts.told("a").replace(1, RED, NOW)
    other.close()


def test_of_many_one_tells(token_facts: TokenFacts, journal: Path) -> None:
    others = [TokenFacts(journal) for _ in range(4)]
    with ThreadPoolExecutor(16) as pool:
        won = [pool.submit(each.told("a").replace, 0, RED, NOW) for each in others * 8]
        assert sum(each.result() for each in won) == 1
    for each in others:
        each.close()


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"colour": "blue"}', "5"])
def test_what_cannot_be_read_is_a_new_beginning(token_facts: TokenFacts, body: str) -> None:
    told = token_facts.told("a")
    told.replace(0, RED, NOW)
    token_facts.database.write("UPDATE told SET body = ?", body)
    assert told.last() == (ToldState(), 1, NOW.timestamp())


def test_what_cannot_be_recorded_is_told_once_and_recorded_later(token_facts: TokenFacts) -> None:
    """As on a full disk: each process took another one for the teller, and nobody told it."""
    told, database = token_facts.told("a"), token_facts.database
    assert told.replace(0, ToldState(), NOW)
    database.connection.execute("PRAGMA query_only = ON")
    assert told.replace(1, RED, NOW)
    assert told.last() == (RED, 1, NOW.timestamp())
    database.connection.execute("PRAGMA query_only = OFF")
    assert token_facts.told("a").last().state == ToldState()
    assert told.replace(1, RED, NOW)
    assert token_facts.told("a").last() == told.last() == (RED, 2, NOW.timestamp())


def test_what_another_process_records_counts_for_one_that_could_not(
    token_facts: TokenFacts, journal: Path
) -> None:
    told, other = token_facts.told("a"), TokenFacts(journal)
    token_facts.database.connection.execute("PRAGMA query_only = ON")
    assert told.replace(0, RED, NOW)
    assert other.told("a").replace(0, ToldState(), NOW)
    assert told.last() == (ToldState(), 1, NOW.timestamp())
    assert not told.replace(0, RED, NOW)
    other.close()
