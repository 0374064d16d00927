"""The names of secrets: each can be described to a person."""

from __future__ import annotations

from tray_app.sandbox.identifiers import api_id, new_client_id, new_uuid
from tray_app.secrets.names import SecretNames

NAMES = SecretNames("host", "app-id", "client-id", "org-id", "integration-id")


def test_every_entry_is_described_and_no_two_alike() -> None:
    """`forget` lists them before it removes them; none is shown by its name alone."""
    said = [NAMES.describe(name) for name in NAMES.all]
    assert len(set(said)) == len(NAMES.all)
    assert not set(said) & set(NAMES.all)
    assert NAMES.describe("what a later version keeps") == "what a later version keeps"


def test_a_shortened_name_fits_a_line_and_is_still_its_own() -> None:
    """`forget` shows them: in full, they have up to 250 characters."""
    customers = [
        SecretNames(
            "webexapis.com",
            api_id("APPLICATION", new_uuid()),
            new_client_id(),
            api_id("ORGANIZATION", new_uuid()),
            new_client_id(),
        )
        for _ in range(50)
    ]
    names = [name for customer in customers for name in customer.all]
    shown = {SecretNames.shortened(name) for name in names}
    assert len(shown) == len(names)
    assert max(map(len, shown)) <= 90
    assert max(map(len, names)) > 150
    assert all(name.startswith("webexapis.com/") for name in shown)


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
