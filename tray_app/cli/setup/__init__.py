"""What `setup` asks and does."""
