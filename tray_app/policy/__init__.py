"""Decisions over the model: health, renewal, schedule, exercise. Pure."""
