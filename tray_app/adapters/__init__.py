"""One outside thing each: file, keyring, HTTP, database, lock, folder, log. No decisions."""
