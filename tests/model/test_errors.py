"""The error tree is as its docstring draws it, and errors carry facts."""

from __future__ import annotations

import inspect

from tray_app.model import errors
from tray_app.model.failures import Refusal, TransportFailure, trace_of
from tray_app.policy.health import not_set_up


def drawn() -> dict[str, str]:
    """Class and parent by the drawing: four characters of indentation a level."""
    above: list[str] = []
    found: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines()[2:]:
        name = line.lstrip("│├└─ ").split()[0]
        level = line.index(name) // 4
        above[level:] = [name]
        found[name] = above[level - 1] if level else "Exception"
    return found


def test_the_tree_is_as_drawn() -> None:
    """Every class of the module, each under its parent."""
    assert drawn() == {
        name: found.__base__.__name__
        for name, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, Exception) and found.__base__ is not None
    }


def test_a_config_error_names_file_and_all_faults() -> None:
    """In one line, and one by one."""
    error = errors.ConfigError("/x/token-config.json", ("a is missing", "b is odd"))
    assert str(error) == "/x/token-config.json: a is missing; b is odd"
    assert (error.path, error.faults) == ("/x/token-config.json", ("a is missing", "b is odd"))


def test_what_was_not_renewed_says_why_and_carries_who_can_do_what() -> None:
    """For a Python program, which shows no menu."""
    health = not_set_up(("a is missing",))
    error = errors.NotRenewed(health, "It was not renewed. Next (you): fill it in.")
    assert error.health is health
    assert str(error) == "It was not renewed. Next (you): fill it in."


def test_a_call_without_answer_carries_why_and_how_long_to_wait() -> None:
    """Both optional facts are absent unless told."""
    error = errors.Unreachable(
        TransportFailure.THROTTLED, "HTTP 429", retry_after=30, tracking_id="ROUTER_1"
    )
    assert (str(error), error.failure, error.retry_after, error.tracking_id) == (
        "HTTP 429",
        TransportFailure.THROTTLED,
        30,
        "ROUTER_1",
    )
    assert (error.http_status, error.trace) == ("HTTP 429", trace_of("HTTP 429", "ROUTER_1"))
    bare = errors.Unreachable(TransportFailure.DNS, "no such host")
    assert (bare.retry_after, bare.tracking_id, bare.unsent) == (None, "", False)
    assert (bare.http_status, bare.trace) == ("", "")
    assert errors.Unreachable(TransportFailure.DNS, "no such host", unsent=True).unsent


def test_a_definite_no_carries_which() -> None:
    """And Webex's support id, where there is one."""
    assert errors.Refused(Refusal.REJECTED, "no").tracking_id == ""
    assert errors.WebexError("no").tracking_id == ""
    error = errors.Refused(Refusal.FORBIDDEN, "not authorized", tracking_id="ROUTER_2")
    assert (str(error), error.refusal, error.tracking_id) == (
        "not authorized",
        Refusal.FORBIDDEN,
        "ROUTER_2",
    )
