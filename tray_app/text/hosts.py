"""What is known of an API host before it is asked."""

from __future__ import annotations

_GOVERNMENT = "usgov.webex.com"
"""The end of the host's name: docs/webex-api.md, "Hosts"."""


def host_notice(host: str) -> str:
    """Return what a person should know of this host, with or without a port; "" for nothing."""
    name = host.partition(":")[0].lower()
    if not name.endswith(_GOVERNMENT):
        return ""
    return (
        f"Webex for Government ({name}) does not support service apps: no token can be issued or"
        " renewed there."
    )
