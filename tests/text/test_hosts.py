"""What is said of a host before it is asked."""

from __future__ import annotations

import pytest

from tray_app.text.hosts import elsewhere, host_notice


@pytest.mark.parametrize("host", ["api-usgov.webex.com", "API-USGOV.webex.com:443"])
def test_the_government_cloud_has_no_service_apps(host: str) -> None:
    assert host_notice(host) == (
        "Webex for Government (api-usgov.webex.com) does not support service apps: no token can be"
        " issued or renewed there."
    )


@pytest.mark.parametrize("host", ["webexapis.com", "localhost:3000", "api-usgov.webex.com.x.org"])
def test_of_others_nothing_is_said(host: str) -> None:
    assert host_notice(host) == ""


def test_another_webex_than_the_trays_is_named_with_the_way_there() -> None:
    here, there = "https://webexapis.com/v1", "http://127.0.0.1:43041/v1"
    for is_running, who in (
        (True, "The tray or watch of this config uses"),
        (False, "This config was last used at"),
    ):
        assert elsewhere(here, there, is_running=is_running) == (
            f"{who} {there}; this command uses {here}, and each has secrets of its own",
            f"to use that one, add --api-base {there}, or set WEBEX_API_BASE",
        )
