"""Notifications: when the user is notified, what they say, and what shows them."""
