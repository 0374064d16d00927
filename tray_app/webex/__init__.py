"""The only HTTP."""
