"""`.env` and the other outputs (`output_file.py`), and the SQLite database."""
