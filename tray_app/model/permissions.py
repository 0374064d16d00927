"""What a run of the program may do beside looking: a command does what its name says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the person who started this run has asked for, and so allows.

    `renew`: renew and exercise tokens, adopt what others wrote into `.env`, and write it;
    `move_secrets`: take secrets out of the config into the secret store;
    `prompt`: let the keyring ask the person to unlock it, where they clicked or typed;
    `stays`: runs until it is told to end, and so may use what only its memory holds;
    `confined`: the config is not approved, and gets tokens by its own secrets alone: none that
    others wrote into a `.env` that is not its own.

    Everybody may add to our own database.
    """

    renew: bool = False
    move_secrets: bool = False
    prompt: bool = False
    stays: bool = False
    confined: bool = False


LOOK = Permissions()
"""`status`, `doctor`, `history`, `export`, the list of data sources, `TokenManager.health()`."""

RENEW = Permissions(renew=True)
"""`refresh`, `token`, `run`, what `TokenManager` renews."""

SET_UP = Permissions(renew=True, move_secrets=True)
"""`setup`, `import`, `authorize`."""

RESIDENT = Permissions(renew=True, move_secrets=True, prompt=True, stays=True)
"""`tray`, `watch`."""
