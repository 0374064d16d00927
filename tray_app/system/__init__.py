"""This machine: folders, atomic files, ownership, locks, log, signals, child processes, systemd."""
