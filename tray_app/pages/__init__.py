"""What the browser shows of this program: the details page."""
