"""What a person sees in the panel. Of pystray it uses what `base` has loaded."""
