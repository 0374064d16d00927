"""The server of our pages on loopback."""
