"""The details page."""
