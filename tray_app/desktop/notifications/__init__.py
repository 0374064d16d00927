"""When a person is told something, and what it says."""
