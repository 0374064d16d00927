"""One backend for each kind of tray."""
