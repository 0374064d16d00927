"""Events as sentences: the lines of `history`."""

from __future__ import annotations

from tray_app.model.events import Event, EventType
from tray_app.model.failures import GRANTED, Refusal, TransportFailure, trace_of
from tray_app.model.health import Health, Link, LinkName, LinkState, Reason
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.text.data_sources import TIMELESS
from tray_app.text.failures import FAILURE_NAMES, traced
from tray_app.text.health import METHOD_NAMES, headline
from tray_app.text.incidents import past_incident
from tray_app.text.sign_in import sentence as sign_in_sentence

_REFUSALS = {
    Refusal.REJECTED: "Webex rejected the token {}",
    Refusal.FORBIDDEN: "Webex does not allow it",
    Refusal.WRONG_CLIENT: "Webex refuses the client secret",
    Refusal.BAD_REQUEST: "Webex does not know the app or the organization",
}

_SOURCE_REFUSALS = {
    Refusal.REJECTED: "Webex rejected the token",
    Refusal.FORBIDDEN: "Webex does not allow it",
    Refusal.BAD_REQUEST: "Webex does not accept it",
}

_SENTENCES = {
    EventType.CONFIRMED: "Webex confirmed the token {fingerprint}",
    EventType.DIED: "Webex rejected the token {fingerprint} twice",
    EventType.ANSWERED: "Webex answers again",
    EventType.UNANSWERED: "No answer from Webex: {failure}",
    EventType.ADOPTED: ".env: took over the token {fingerprint} that another program wrote there",
    EventType.GIVEN: "Saved the token {fingerprint} that was entered",
    EventType.REFRESH_ADOPTED: (
        ".env: took over the refresh token {fingerprint} that another program wrote there"
    ),
    EventType.WRITTEN_BACK: ".env: the token there {detail}; put ours back ({fingerprint})",
    EventType.CONFIG_READ: "The config changed and was reloaded",
    EventType.CONFIG_FAULTY: "The config cannot be used: {detail}",
    EventType.SECRETS_MOVED: "Secrets moved: {detail}",
}

_NAMES_ITSELF = ("Sign", "The sign-in")
"""A sentence that begins like this needs not be told that it is about a sign-in."""

_WITH_STATUS = (EventType.UNANSWERED, EventType.RENEWAL)
_UNANSWERED = (SignInResult.UNREACHABLE, SignInResult.UNPROVEN)
"""Of these events the detail is the HTTP status."""


def sentence(event: Event) -> str:
    """Describe the event in one line, without its time; with HTTP status and tracking id."""
    has_status = event.event_type in _WITH_STATUS or event.outcome in _UNANSWERED
    return traced(_text(event), trace_of(event.detail if has_status else "", event.tracking_id))


def state(event: Event) -> str:
    """Return the headline of that time, without times in it. `event`: of a health."""
    if event.reason is Reason.STALE:
        return "Token not confirmed lately"
    if event.reason in TIMELESS:
        return TIMELESS[event.reason].format(event.detail)
    return headline(health_then(event), event.at)


def health_then(event: Event) -> Health:
    """Return the health of that time, as far as its headline needs it. `event`: of a health."""
    state = LinkState.PRESENT if event.fingerprint else LinkState.MISSING
    return Health(
        row=event.row or 0,
        colour=Colour.AMBER,  # like the shape, not part of the headline
        shape=Shape.BANG,
        reason=event.reason or Reason.CHECKING,
        who=None,
        links=(Link(LinkName.ACCESS, state),),
        next_try_at=event.at,
    )


def _text(event: Event) -> str:
    match event.event_type:
        case EventType.HEALTH:
            return f"{event.colour}: {state(event)}"
        case EventType.RENEWAL:
            return _method(event)
        case EventType.SIGN_IN:
            return _sign_in(event)
        case EventType.EXTENDED:
            return _extension(event)
        case EventType.INCIDENT:
            return past_incident(event)
    return _SENTENCES[event.event_type].format(
        fingerprint=event.fingerprint, failure=_failure(event.outcome), detail=event.detail
    )


def _method(event: Event) -> str:
    how = f"with {METHOD_NAMES[event.method] if event.method else 'a renewal method'}"
    if event.outcome == GRANTED:
        return f"Renewed {how}: new token {event.fingerprint}"
    if event.outcome in _REFUSALS:
        why = _REFUSALS[Refusal(event.outcome)].format(event.fingerprint)
        return f"Not renewed {how}: {why}"
    return f"Not renewed {how}: {_failure(event.outcome)}"


def _extension(event: Event) -> str:
    if event.outcome == GRANTED:
        return f"Data source {event.detail}: extended"
    why = _failure(event.outcome)
    if event.outcome in _SOURCE_REFUSALS:
        why = _SOURCE_REFUSALS[Refusal(event.outcome)]
    return f"Data source {event.detail}: not extended, {why}"


def _sign_in(event: Event) -> str:
    if event.outcome not in frozenset(SignInResult):
        return f"Sign-in: {event.outcome}"  # written by a later version
    outcome = Outcome(SignInResult(event.outcome), detail=event.detail)
    said = sign_in_sentence(outcome, event.at)
    return said if said.startswith(_NAMES_ITSELF) else f"Sign-in: {said}"


def _failure(name: str) -> str:
    return FAILURE_NAMES[TransportFailure(name)] if name in frozenset(TransportFailure) else name
