"""The program as a person meets it, and the stand-ins for a desktop that this needs."""
