"""How a config was chosen. Loaded before the icon is shown."""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """How a config was chosen; decides what it may use."""

    NAMED = "named"
    """By an option, variable, caller or profile, or in the user's config folder."""
    LISTED = "listed"
    """By a profile, in a list that the user who called sudo can write: only that user's."""
    ALLOWED = "allowed"
    """Found in the working directory and approved."""
    UNAPPROVED = "unapproved"
    """Found in the working directory; possibly a stranger's."""
