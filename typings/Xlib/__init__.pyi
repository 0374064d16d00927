"""What we use of python-xlib 0.33, which has no types of its own."""
