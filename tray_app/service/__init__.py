"""The use cases of one profile: check, renew, sign in, extend. Owns no thread and no clock."""
