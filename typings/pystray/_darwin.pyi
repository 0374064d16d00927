"""pystray's icon on macOS, with the private attributes that ours uses."""

from AppKit import NSApplication, NSStatusBar, NSStatusItem
from pystray import _base

class Icon(_base.Icon):
    _app: NSApplication
    _status_bar: NSStatusBar
    _status_item: NSStatusItem
