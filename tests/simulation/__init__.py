"""Two simulated years: the real engine on a virtual clock, beside the scripts that it replaces."""
