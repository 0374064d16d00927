"""The form of set-up: what it asks, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

METHOD_FIELD, FILE_FIELD = "method", "secrets-file"
"""The names of the form's two fields that are no field of the config."""


class Method(StrEnum):
    """What gets a new token once the app's own refresh token has expired."""

    INTEGRATION = "integration"
    PERSONAL_TOKEN = "personal-token"  # noqa: S105 - no secret
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form. `value`: "" for a secret; `kept`: where a secret is that is known, ""
    if it is not known; `fault`, `note`: sentences; `variable`: what answers in its place."""

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
    no keyring; `is_doubtful`: whether it is saved if it is sent again as it is; `notice`: about the
    Webex host, "" for none."""

    groups: tuple[FormGroup, ...]
    method: Method
    faults: tuple[str, ...]
    offers_file: bool
    uses_file: bool
    is_doubtful: bool
    notice: str = ""
