"""Threads: one scheduler, and a bounded pool that takes the profiles' turns."""
