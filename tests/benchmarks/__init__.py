"""`make bench`: what the program costs, side by side with floors and with a peer."""
