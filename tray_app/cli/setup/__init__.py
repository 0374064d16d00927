"""`setup`: its questions, checks and steps."""
