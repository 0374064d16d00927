"""A command does what its name says, and no more."""

from __future__ import annotations

from tray_app.model.permissions import LOOK, RENEW, RESIDENT, SET_UP, Permissions


def test_each_kind_of_run_may_do_this_alone() -> None:
    every = dict.fromkeys(
        ("renew", "move_secrets", "prompt", "stays", "confined", "forgets"), False
    )
    for permissions, allowed in (
        (LOOK, ()),
        (RENEW, ("renew",)),
        (SET_UP, ("renew", "move_secrets")),
        (RESIDENT, ("renew", "move_secrets", "prompt", "stays")),
    ):
        assert permissions == Permissions(**every | dict.fromkeys(allowed, True))
