from typing import Any

from Xlib.xobject.drawable import Window

class Event:
    """All kinds in one: which attributes there are depends on `type`."""

    type: int
    window: Window
    parent: Window
    client_type: int
    data: tuple[int, Any]
    detail: int
    event_x: int
    event_y: int
    root_x: int
    root_y: int
    time: int
