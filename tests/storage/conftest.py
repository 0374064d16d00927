"""A `.env` and a database that do not exist yet, and the facts in such a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tray_app.storage.token_facts import TokenFacts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
def token_facts(journal: Path) -> Iterator[TokenFacts]:
    with closing(TokenFacts(journal)) as made:
        yield made
