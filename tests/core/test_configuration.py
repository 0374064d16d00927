"""What a config is that asks for nothing beyond what it must."""

from __future__ import annotations

from tests.core.samples import CREDENTIALS
from tray_app.core.configuration import Config, SecretStore


def test_what_a_config_does_not_ask_for_is_not_done() -> None:
    """Secrets stay out of files, nothing is run or kept alive, no hour is quiet."""
    config = Config(CREDENTIALS.app, None, None, "/x/.env", 300)
    assert config.secret_store is SecretStore.KEYRING
    assert (config.on_token_change, config.kept, config.quiet_hours) == ((), frozenset(), None)
    assert (config.from_environment, config.warnings) == (frozenset(), ())
