"""What a run of the program may do besides reading: a command does what its name says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permissions:
    """What this run may do. Every run may write to our own database.

    `renew`: renew and exercise tokens, adopt tokens from `.env`, and write it; `move_secrets`: from
    the config into the secret store; `prompt`: let the keyring ask you to unlock it; `stays`: runs
    until it is stopped, and so may keep tokens in memory alone; `confined`: the config is not
    approved, so only its own secrets are used and no token is adopted from a `.env`; `forgets`:
    removes what is known of the profile, whatever Webex it came from.
    """

    renew: bool = False
    move_secrets: bool = False
    prompt: bool = False
    stays: bool = False
    confined: bool = False
    forgets: bool = False


LOOK = Permissions()
"""`status`, `doctor`, `history`, `export`, the list of data sources, `TokenManager.health()`."""

RENEW = Permissions(renew=True)
"""`refresh`, `token`, `run`, what `TokenManager` renews."""

SET_UP = Permissions(renew=True, move_secrets=True)
"""`setup`, `import`, `authorize`."""

RESIDENT = Permissions(renew=True, move_secrets=True, prompt=True, stays=True)
"""`tray`, `watch`."""
