"""The names of secrets: each can be described to a person."""

from __future__ import annotations

from tray_app.secrets.names import SecretNames

NAMES = SecretNames("host", "app-id", "client-id", "org-id", "integration-id")


def test_every_entry_is_described_and_no_two_alike() -> None:
    """`forget` lists them before it removes them; none is shown by its name alone."""
    said = [NAMES.describe(name) for name in NAMES.all]
    assert len(set(said)) == len(NAMES.all)
    assert not set(said) & set(NAMES.all)
    assert NAMES.describe("what a later version keeps") == "what a later version keeps"


def test_entries_are_told_apart_by_host_and_credential() -> None:
    """Another API host never sees production's secrets."""
    entries = SecretNames("webexapis.com", "app", "client", "org", "integration")
    names = {
        entries.pair,
        entries.app_secret,
        entries.personal_token,
        *(entries.of_integration(what) for what in ("secret", "refresh", "access")),
    }
    assert names == {
        "webexapis.com/app/app/org/tokens",
        "webexapis.com/app/client/secret",
        "webexapis.com/personal/app",
        "webexapis.com/integration/integration/secret",
        "webexapis.com/integration/integration/refresh",
        "webexapis.com/integration/integration/access",
    }
