"""What a person sees in the panel.

Importing anything from here decides which tray code `import pystray` loads, before it can: on Linux
none of its own. Its Linux backends have no menu (xorg), need bindings that pip cannot install (gtk,
appindicator), and raise ValueError or DisplayNameError at import without a display. Ours is in
`statusnotifier`; of pystray only `Menu`, `MenuItem` and the base class are used there.
"""

import os
import sys

if sys.platform not in {"win32", "darwin"}:
    os.environ["PYSTRAY_BACKEND"] = "dummy"
