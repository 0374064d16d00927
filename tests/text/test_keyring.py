"""Advice on a keyring, in the words of each system."""

import pytest

from tray_app.text import keyring


@pytest.mark.parametrize(
    ("platform", "names", "start"),
    [
        ("linux", "gnome-keyring, KWallet, KeePassXC", "Start or install a keyring (gnome-keyring"),
        ("win32", "Credential Manager", "Start Windows' Credential Manager"),
        ("darwin", "the login keychain", "Unlock the login keychain"),
    ],
)
def test_advice_names_the_keyring_of_this_system(platform: str, names: str, start: str) -> None:
    assert keyring.names(platform) == names
    assert keyring.start(platform).startswith(start)
