"""Linux: all modules come from the program as it was started, also those that are loaded later.

A package manager replaces the file while the program runs. /proc/self/exe is still the old one.
"""

import pyimod02_importers

pyimod02_importers.pyz_archive._filename = "/proc/self/exe"  # noqa: SLF001
