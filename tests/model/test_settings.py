"""What a config is that asks for nothing beyond what it must."""

from __future__ import annotations

from dataclasses import replace

from tests.policy.samples import CREDENTIALS
from tray_app.model.output import Output, OutputFormat
from tray_app.model.secret import Secret
from tray_app.model.settings import Config, SecretStore
from tray_app.model.variables import ACCESS


def test_what_a_config_does_not_ask_for_is_not_done() -> None:
    """Secrets stay out of files, nothing is run or kept alive, no hour is quiet."""
    config = Config(CREDENTIALS.app, None, None, (Output("/x/.env"),), 300)
    assert config.secret_store is SecretStore.KEYRING
    assert (config.on_token_change, config.kept, config.quiet_hours) == ((), frozenset(), None)
    assert (config.from_environment, config.warnings) == (frozenset(), ())
    assert (config.leaves_secrets, config.owner, config.status_feed) == (False, "", True)


def test_which_secrets_are_written_in_the_config_itself() -> None:
    """Not those that the environment has in their place, and none that is absent."""
    app, integration = CREDENTIALS.app, CREDENTIALS.integration
    assert integration is not None
    assert app.client_secret is not None
    pasted = Secret("pasted")
    config = Config(app, pasted, integration, (Output("/x/.env"),), 300)
    assert config.in_file == {
        app.client_secret,
        pasted,
        integration.client_secret,
        integration.refresh_token,
    }
    assert replace(config, from_environment=frozenset({pasted})).in_file == config.in_file - {
        pasted
    }
    bare = Config(replace(app, client_secret=None), None, None, (Output("/x/.env"),), 300)
    assert bare.in_file == frozenset()


def test_secrets_stay_in_the_config_only_if_it_says_so() -> None:
    config = Config(CREDENTIALS.app, None, None, (Output("/x/.env"),), 300)
    assert [
        store for store in SecretStore if replace(config, secret_store=store).keeps_secrets
    ] == [SecretStore.CONFIG]


def test_a_command_has_the_token_in_the_usual_variable_and_in_that_of_the_first_output() -> None:
    config = Config(CREDENTIALS.app, None, None, (Output("/x/.env", access="TOKEN"),), 300)
    assert config.token_variables == {ACCESS, "TOKEN"}
    as_json = Output("/x/app.json", OutputFormat.JSON, access="/webex/token")
    assert replace(config, outputs=(as_json,)).token_variables == {ACCESS}


def test_env_file_says_it_all_only_of_one_usual_output() -> None:
    usual, other = Output("/x/.env"), Output("/x/token", OutputFormat.PLAIN, "", "")
    config = Config(CREDENTIALS.app, None, None, (usual,), 300)
    assert config.has_only_env
    for outputs in ((other,), (usual, other), (usual, usual)):
        assert not replace(config, outputs=outputs).has_only_env
