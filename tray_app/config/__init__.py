"""token-config.json, profiles.json, approvals.json."""
