"""The floor of our dependencies: a process that imports what our tray imports, and nothing of ours.

With `stay` as argument it then sleeps, so that its memory can be looked at.
"""

import os

os.environ["PYSTRAY_BACKEND"] = "dummy"

import json
import signal
import sqlite3
import sys

import click
import dotenv
import filelock
import jeepney.io.blocking
import keyring.backends.SecretService
import PIL.Image
import platformdirs
import pystray
import requests
import secretstorage
import truststore

IMPORTED = (json, sqlite3, click, dotenv, filelock, jeepney, keyring, PIL, platformdirs, pystray)
IMPORTED_TOO = (requests, secretstorage, truststore)

if __name__ == "__main__" and sys.argv[1:] == ["stay"]:
    signal.pause()
