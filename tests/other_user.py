"""Another user of the machine, who connects to a port of ours: a process with an unused uid."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

OTHER = 61234
"""No user of any system that this is tested on."""

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0

only_root = pytest.mark.skipif(
    sys.platform != "linux" or not IS_ROOT, reason="only root becomes another user"
)

_PROGRAM = """
import os, signal, socket, struct, sys
uid, address, port, ending = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
request = sys.stdin.buffer.read()
os.setgroups([])
os.setgid(uid)
os.setuid(uid)
client = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
client.settimeout(10)
client.connect((address, port))
if ending == "resets":
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
if ending == "leaves no trace":
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, -1)
client.sendall(request)
if ending == "is killed":
    os.kill(os.getpid(), signal.SIGKILL)
if ending == "half closes":
    client.shutdown(socket.SHUT_WR)
if ending in ("stays", "half closes"):
    try:
        while piece := client.recv(65536):
            sys.stdout.buffer.write(piece)
    except ConnectionError:
        pass
client.close()
"""

ENDINGS = ("stays", "half closes", "closes", "resets", "leaves no trace", "is killed")
"""What the other user does once the request is sent."""


def ask_as(uid: int, address: str, port: int, request: bytes, ending: str = "stays") -> bytes:
    """Send the request as that user; all that comes back."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _PROGRAM, str(uid), address, str(port), ending],
        input=request,
        env={},  # what would measure coverage cannot be read as that user
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == b""
    return done.stdout
