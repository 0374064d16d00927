"""Approves a config where it is found, or revokes that, for `allow`, `setup` and `forget`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tray_app import bootstrap
from tray_app.model.origin import Origin
from tray_app.policy.approval import Approval

if TYPE_CHECKING:
    from tray_app.bootstrap import ProfileContext


def found(setup: ProfileContext) -> ProfileContext:
    """Return the setup of a config that was only found: approved, or a stranger's, which gets none
    of this user's secrets."""
    return replace(setup, origin=bootstrap.admission(setup).origin())


def listed(setup: ProfileContext) -> ProfileContext:
    """Return the setup of a config that the list of profiles names."""
    return replace(setup, origin=bootstrap.admission(setup).listed())


def named(setup: ProfileContext) -> ProfileContext:
    """Return the setup of a config that a person has named."""
    return replace(setup, origin=Origin.NAMED)


def wanted(setup: ProfileContext) -> Approval:
    """Return what approving the config as it is now means. Raises ConfigError."""
    judged = bootstrap.admission(setup)
    return Approval.of(str(setup.config_path), judged.read(setup.config_path))


def approve(setup: ProfileContext, *, shared: bool = False) -> ProfileContext:
    """Record that the config may be used where it is found, and move what it had for itself into
    the profile's store; returns the setup of the approved one.

    `shared`: also if others may write it, or a folder above it. Raises ConfigError.
    """
    judged = bootstrap.admission(setup)
    judged.approve(judged.read(setup.config_path), shared=shared)
    approved = replace(setup, origin=Origin.ALLOWED)
    tools = bootstrap.build_tools(approved)
    try:
        bootstrap.take_over(approved, tools)
    finally:
        tools.close()
    return approved


def revoke(setup: ProfileContext) -> tuple[str, ...]:
    """Forget that the config was approved, and remove what it had for itself while it was not;
    returns what was removed. Raises ConfigError."""
    from tray_app.secrets.unapproved import remove

    place = bootstrap.admission(setup).own_secrets()
    gone = [f"the approval of {setup.config_path}"] if bootstrap.admission(setup).revoke() else []
    return (*gone, *([str(place)] if remove(place) else []))
