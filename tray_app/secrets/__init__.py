"""The keyring, the secrets file, and the one thread that may touch them."""
