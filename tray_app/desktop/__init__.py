"""The icon in the panel, its menu, and notifications."""
