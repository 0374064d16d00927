"""All text that people read. Pure."""
