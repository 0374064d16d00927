"""How a call without a usable answer is told."""

from __future__ import annotations

from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.text.failures import FAILURE_NAMES, failure_name, traced, why_unreachable


def test_every_failure_has_a_name() -> None:
    assert FAILURE_NAMES.keys() == {*TransportFailure}
    assert failure_name(TransportFailure.BUSY, "else") == "another process is renewing it"
    assert (failure_name(None, "else"), failure_name(None)) == ("else", "")


def test_the_trace_is_told_once() -> None:
    assert traced("no answer", "HTTP 503") == "no answer (HTTP 503)"
    assert traced("no answer", "") == "no answer"
    assert traced("no answer: HTTP 503", "HTTP 503") == "no answer: HTTP 503"


def test_an_error_is_told_with_its_own_words() -> None:
    error = Unreachable(TransportFailure.SERVER_ERROR, "HTTP 503", tracking_id="R")
    assert why_unreachable(error) == "Webex answered with an error (HTTP 503, R)"
    error = Unreachable(TransportFailure.DNS, "no such host")
    assert why_unreachable(error) == "the Webex host name was not found (no such host)"
