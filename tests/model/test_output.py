"""An output: the key that names it, its files, and whether the refresh token is written."""

from __future__ import annotations

import pytest

from tray_app.model.output import Output, OutputFormat

ENV, JSON, CONF = "/p/.env", "/p/app.json", "/p/app.conf"


@pytest.mark.parametrize(
    ("output", "key", "paths", "refresh"),
    [
        (Output(ENV), "tray.envFile", (ENV,), True),
        (Output(ENV, access="TOKEN"), "tray.outputs", (ENV,), True),
        (Output(ENV, refresh=""), "tray.outputs", (ENV,), False),
        (Output(JSON, OutputFormat.JSON, "/a", "/r"), "tray.outputs", (JSON,), True),
        (Output("/p/token", OutputFormat.PLAIN, "", ""), "tray.outputs", ("/p/token",), False),
        (
            Output(CONF, OutputFormat.TEMPLATE, "", "", f"{CONF}.in"),
            "tray.outputs",
            (CONF, f"{CONF}.in"),
            True,
        ),
    ],
)
def test_an_output_says_what_it_is(
    output: Output, key: str, paths: tuple[str, ...], refresh: bool
) -> None:
    assert (output.key, output.paths, output.writes_refresh) == (key, paths, refresh)
    assert output.is_usual is (key == "tray.envFile")


def test_the_formats_are_those_of_the_config() -> None:
    """Who upgrades keeps a config that names them."""
    assert [*OutputFormat] == ["dotenv", "json", "plain", "template"]
