"""What is said of a host before it is asked."""

from __future__ import annotations

import pytest

from tray_app.text.hosts import host_notice


@pytest.mark.parametrize("host", ["api-usgov.webex.com", "API-USGOV.webex.com:443"])
def test_the_government_cloud_has_no_service_apps(host: str) -> None:
    assert host_notice(host) == (
        "Webex for Government (api-usgov.webex.com) does not support service apps: no token can be"
        " issued or renewed there."
    )


@pytest.mark.parametrize("host", ["webexapis.com", "localhost:3000", "api-usgov.webex.com.x.org"])
def test_of_others_nothing_is_said(host: str) -> None:
    assert host_notice(host) == ""
