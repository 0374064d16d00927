"""The use cases: poll and refresh. No thread, no clock, no global of its own."""

from tray_app.engine.engine import Engine
from tray_app.engine.tools import Tools

__all__ = ["Engine", "Tools"]
