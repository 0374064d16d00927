"""The use cases of one profile: check, renew, sign in, extend. In their caller's thread."""
