"""The keyring, the secrets file, and the threads that alone may touch them."""
