"""Python for scripts that have nothing of ours: what a command of the config or of `run` is."""

import sys

PLAIN_PYTHON = (sys.executable, "-S")
"""Without `site`, with which coverage would start: a tenth of a second of a core, for nothing."""
