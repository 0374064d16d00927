"""The questions of set-up and their checks, for `setup` in the terminal and the set-up page."""
