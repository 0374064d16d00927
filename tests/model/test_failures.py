"""What Webex's support asks for, as one text."""

from __future__ import annotations

import pytest

from tray_app.model.failures import trace_of, tracking_id_in


@pytest.mark.parametrize("tracking_id", ["", "ROUTER_62E068B0"])
@pytest.mark.parametrize("http_status", ["", "HTTP 503"])
def test_the_tracking_id_is_found_again(http_status: str, tracking_id: str) -> None:
    trace = trace_of(http_status, tracking_id)
    assert tracking_id_in(trace) == tracking_id
    assert trace.startswith(http_status)
