"""The program, to be killed: each run is a process of its own, forked from this warm one.

A request is a line of JSON on standard input, its outcome a line of JSON on standard output.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import keyring.core  # noqa: F401 - loaded before the first fork

from tests import forked
from tests.consent import decide
from tests.faults import crash_keyring
from tests.faults.crash_points import Points
from tray_app import bootstrap
from tray_app.model.permissions import RESIDENT
from tray_app.model.settings import Timing
from tray_app.model.signs import Colour
from tray_app.system.dirs import AppDirs

_TRIES = 5
_LONGEST = 60
_AT_ONCE = Timing(first_retry=0.0, code_retry=0.0)


def act(request: dict[str, Any]) -> dict[str, Any]:
    """Do what the tray's worker does for this message."""
    setup = bootstrap.ProfileContext(
        config_path=Path(request["folder"], "token-config.json"),
        folders=AppDirs.under(Path(request["folder"])),
        api_base=request["base"],
        pace=_AT_ONCE,
        environ={},
        permissions=RESIDENT,
    )
    engine = bootstrap.open_engine(setup)
    if request["action"] == "sign-in":
        engine.poll()
        question = engine.begin_sign_in(listen=False)
        question.read(decide(question.url))
        engine.finish_sign_in(question)
    if request["action"] == "refresh":
        engine.poll()
        engine.refresh(by_hand=True)
    tries = _TRIES if request["action"] == "restart" else 1
    health = engine.judge()
    for _ in range(tries):
        health = engine.poll()
        due = engine.renewal_due()
        if health.colour is Colour.GREEN and not due:
            break
        if due:
            health = engine.refresh()
    engine.close()
    return {"colour": health.colour, "reason": health.reason}


def child(request: dict[str, Any], answer: int) -> None:
    """One run. It answers before it ends; where it is killed, it does not."""
    signal.alarm(_LONGEST)
    if "DBUS_SESSION_BUS_ADDRESS" not in os.environ:
        os.environ["PYTHON_KEYRING_BACKEND"] = crash_keyring.NAME
        os.environ[crash_keyring.FILE] = str(Path(request["folder"], "keyring.json"))
    Points(Path(request["trace"]), request["fatal"]).install()
    os.write(answer, json.dumps(act(request)).encode())


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Fork a run, kill it after `delay` seconds if asked to, and wait for its end."""
    theirs, ours = os.pipe()
    number = os.fork()
    if number == 0:
        code = 1
        try:
            child(request, ours)
            code = 0
        except BaseException:  # noqa: BLE001 - the child must not go on as its parent
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(ours)
    if request["delay"] is not None:
        time.sleep(request["delay"])
        os.kill(number, signal.SIGKILL)
    with os.fdopen(theirs, "rb") as answers:
        answer = answers.read()
    status = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    result: dict[str, Any] = json.loads(answer) if answer else {}
    return result | {"status": status}


def main() -> None:
    """Serve until the other side closes."""
    forked.load()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
