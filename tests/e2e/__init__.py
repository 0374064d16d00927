"""The program as a person meets it, and the stand-ins for a desktop that this needs.

Our package first: it decides what `import pystray` loads.
"""

import tray_app.desktop.tray.pystray_base  # noqa: F401
