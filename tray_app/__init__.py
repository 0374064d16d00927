"""Webex Token Tray keeps the access token of a Webex service app in `.env` working.

For Python programs: `from tray_app import TokenManager`. Each name is loaded when you first use it.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` takes longer to load than all that the entry needs until Ctrl-C is
# the system's
if TYPE_CHECKING:
    from tray_app.api import TokenManager
    from tray_app.model.errors import ConfigError, NotRenewed, TrayError, Unreachable
    from tray_app.model.health import Health

    __version__: str

__all__ = ["ConfigError", "Health", "NotRenewed", "TokenManager", "TrayError", "Unreachable"]

_HOMES = {
    "Health": "tray_app.model.health",
    "TokenManager": "tray_app.api",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("webex-token-tray")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "tray_app.model.errors")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})  # what pydoc shows
