"""Our pages on loopback: the server, requests read strictly, one-time keys, responses."""
