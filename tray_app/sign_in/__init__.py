"""Signing in: PKCE, the callback server on loopback, its pages."""
