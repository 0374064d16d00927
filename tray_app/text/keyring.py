"""What a system's keyring is called, and what helps if there is none. `platform`: as in `sys`."""

from __future__ import annotations

_NAMES = {"win32": "Credential Manager", "darwin": "the login keychain"}
_PLACES = {"win32": "the Credential Manager", "darwin": "the login keychain"}
_STARTS = {
    "win32": "Start Windows' Credential Manager (the service VaultSvc)",
    "darwin": "Unlock the login keychain (Keychain Access)",
}


def names(platform: str) -> str:
    """Return the keyrings that there are on the system."""
    return _NAMES.get(platform, "gnome-keyring, KWallet, KeePassXC")


def place(platform: str) -> str:
    """Return what the system's keyring is called, where secrets are said to be."""
    return _PLACES.get(platform, "the keyring")


def start(platform: str) -> str:
    """Return what helps if there is none, as the begin of a sentence."""
    return _STARTS.get(platform, f"Start or install a keyring ({names(platform)})")
