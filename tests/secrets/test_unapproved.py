"""The pair of a config that was not approved, moved into the user's store once it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.samples import pair
from tray_app.model.secret import Secret
from tray_app.policy.issue_time import Issue, issue_of
from tray_app.secrets.entry_format import format_issue, parse_pair
from tray_app.secrets.file_store import SecretFile
from tray_app.secrets.names import SecretNames
from tray_app.secrets.store import MemoryStore
from tray_app.secrets.unapproved import take_over
from tray_app.secrets.vault import Vault
from tray_app.system.locks import Locks

ENTRIES = SecretNames("host", "app", "client", "org", None)
OWN, HELD = pair("ab"), pair("cd")


def is_never_old(_: Secret) -> bool:
    return False


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / "own/secrets.json"
    own = Vault(SecretFile(path))
    own.save(ENTRIES.issue, format_issue(issue_of(OWN, Issue())))
    own.save_pair(ENTRIES.pair, OWN)
    own.close()
    return path


@pytest.mark.parametrize("holds", [True, False])
def test_what_is_known_of_a_pair_goes_where_the_pair_goes(
    tmp_path: Path, place: Path, *, holds: bool
) -> None:
    """Beside another pair it would say that its own, which may be newer, was replaced by it."""
    vault = Vault(MemoryStore(durable=True))
    if holds:
        vault.save_pair(ENTRIES.pair, HELD)
    take_over(place, vault, ENTRIES, Locks(tmp_path / "locks"), is_old=is_never_old)
    assert parse_pair(vault.load(ENTRIES.pair)) == (HELD if holds else OWN)
    assert (vault.load(ENTRIES.issue) is None) is holds
    assert not place.exists()
    vault.close()
