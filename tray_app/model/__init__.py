"""Frozen values, which travel from the outside to a person. Imports nothing of ours."""
