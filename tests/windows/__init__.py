"""The program on Windows' own Python, under Wine: `make windows`, `make windows-short`."""
