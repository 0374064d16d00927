"""Threads: one scheduler, and a worker for each profile."""
