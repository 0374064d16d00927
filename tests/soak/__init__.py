"""Tray and `watch` for hours under faults: what grows, and whether they come back by themselves."""
