"""Set-up by a form."""
