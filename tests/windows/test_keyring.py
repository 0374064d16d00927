"""Windows Credential Manager, as two processes of ours write it."""
