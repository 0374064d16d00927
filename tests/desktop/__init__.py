"""Tests of what the user sees. Our package first: it decides what `import pystray` loads."""

import tray_app.desktop.tray.pystray_base  # noqa: F401
