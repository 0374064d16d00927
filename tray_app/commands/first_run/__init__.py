"""The guided first run: what `setup` asks, checks, writes and offers."""
