"""`.env`, and the SQLite database: token facts, event log, last report."""
