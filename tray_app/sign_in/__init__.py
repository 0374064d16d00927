"""A person's sign-in: PKCE, the callback server on loopback, its pages."""
