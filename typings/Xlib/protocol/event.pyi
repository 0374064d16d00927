from Xlib.protocol.rq import Event
from Xlib.xobject.drawable import Window

class ClientMessage(Event):
    def __init__(
        self, *, window: Window, client_type: int, data: tuple[int, tuple[int, ...]]
    ) -> None: ...
