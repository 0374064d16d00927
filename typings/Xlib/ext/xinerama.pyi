from collections.abc import Sequence

from Xlib.display import Display

class Area:
    x: int
    y: int
    width: int
    height: int

class QueryScreens:
    screens: Sequence[Area]

def query_screens(self: Display) -> QueryScreens: ...
