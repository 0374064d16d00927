"""Webex Token Tray: a tray icon that keeps a Webex service app token true."""
