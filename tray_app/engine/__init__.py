"""The use cases: poll, refresh, sign in. No thread, no clock, no global of its own."""

from tray_app.engine.engine import Engine
from tray_app.engine.sign_in import SignIn
from tray_app.engine.tools import Tools

__all__ = ["Engine", "SignIn", "Tools"]
