"""The form of set-up: what it asks, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

METHOD_FIELD, FILE_FIELD = "method", "secrets-file"
"""The names of the form's two fields that are no field of the config."""


class Method(StrEnum):
    """Where tokens come from if the app's own refresh token cannot renew them."""

    INTEGRATION = "integration"
    PERSONAL_TOKEN = "personal-token"  # noqa: S105 - no secret
    NOTHING = "nothing"


class Ending(StrEnum):
    """What has become of the answers."""

    SET_UP = "set-up"
    """They are saved, the first ones."""
    CHANGED = "changed"
    WITHOUT_TOKENS = "without-tokens"
    """They are saved, but the service app's tokens are not."""
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form. `value`: "" for a secret; `kept`: where a secret is that is known, ""
    if it is not known; `fault`, `note`: sentences; `variable`: what answers in its place;
    `shares_fault`: whether its fault is that of the field before it, checked together."""

    name: str
    label: str
    hint: str
    value: str
    kept: str
    fault: str
    note: str
    variable: str
    is_secret: bool
    is_required: bool
    shares_fault: bool = False


@dataclass(frozen=True, slots=True)
class FormGroup:
    """Fields with a title. `method`: shown if this is chosen, None for always."""

    title: str
    place: str
    fields: tuple[Field, ...]
    method: Method | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """All that the page shows. `faults`: those that are no field's; `offers_file`: whether there is
    no keyring; `is_doubtful`: whether it may be saved as it is, although something is odd;
    `is_change`: whether a set-up that can be used is changed; `notice`: about the Webex host, ""
    for none."""

    groups: tuple[FormGroup, ...]
    method: Method
    faults: tuple[str, ...]
    offers_file: bool
    uses_file: bool
    is_doubtful: bool
    is_change: bool = False
    notice: str = ""
