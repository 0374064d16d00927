"""Start at login, and the entry in the application menu."""
