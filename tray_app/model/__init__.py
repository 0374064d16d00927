"""Frozen values that all layers share. Imports no other package of ours."""
