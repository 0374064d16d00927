"""What is known of an API host before it is asked."""

from __future__ import annotations

_GOVERNMENT = "usgov.webex.com"
"""The end of the host's name: docs/webex-api.md, "Hosts"."""


def elsewhere(base: str, other: str, *, is_running: bool) -> tuple[str, str]:
    """Return that this run asks another Webex than the last check did, and what to do to ask that
    one. Neither ends with a full stop.

    `base`, `other`: the API bases; `is_running`: whether the tray or `watch` asks the other.
    """
    who = "The tray or watch of this config uses" if is_running else "This config was last used at"
    return (
        f"{who} {other}; this command uses {base}, and each has secrets of its own",
        f"to use that one, add --api-base {other}, or set WEBEX_API_BASE",
    )


def host_notice(host: str) -> str:
    """Return what a person should know of this host, with or without a port; "" for nothing."""
    name = host.partition(":")[0].lower()
    if not name.endswith(_GOVERNMENT):
        return ""
    return (
        f"Webex for Government ({name}) does not support service apps: no token can be issued or"
        " renewed there."
    )
