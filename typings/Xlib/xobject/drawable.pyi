from collections.abc import Sequence

from Xlib.protocol.rq import Event
from Xlib.xobject.colormap import Colormap
from Xlib.xobject.fontable import GC

class Geometry:
    width: int
    height: int

class SeenImage:
    data: bytes

class Property:
    value: Sequence[int] | bytes | str

class Window:
    id: int
    def change_attributes(self, *, event_mask: int = ..., background_pixmap: int = ...) -> None: ...
    def change_property(
        self, property: int, property_type: int, format: int, data: Sequence[int] | bytes
    ) -> None: ...
    def clear_area(self) -> None: ...
    def configure(self, *, x: int, y: int, width: int, height: int) -> None: ...
    def create_colormap(self, visual: int, alloc: int) -> Colormap: ...
    def create_gc(self) -> GC: ...
    def create_window(
        self,
        x: int,
        y: int,
        width: int,
        height: int,
        border_width: int,
        depth: int,
        window_class: int,
        visual: int,
        *,
        background_pixel: int = ...,
        border_pixel: int = ...,
        colormap: Colormap = ...,
        event_mask: int = ...,
        override_redirect: bool = ...,
    ) -> Window: ...
    def destroy(self) -> None: ...
    def get_full_property(self, property: int, property_type: int) -> Property | None: ...
    def get_geometry(self) -> Geometry: ...
    def get_image(
        self, x: int, y: int, width: int, height: int, format: int, plane_mask: int
    ) -> SeenImage: ...
    def grab_keyboard(
        self, owner_events: bool, pointer_mode: int, keyboard_mode: int, time: int
    ) -> int: ...
    def grab_pointer(
        self,
        owner_events: bool,
        event_mask: int,
        pointer_mode: int,
        keyboard_mode: int,
        confine_to: int,
        cursor: int,
        time: int,
    ) -> int: ...
    def map(self) -> None: ...
    def put_image(
        self,
        gc: GC,
        x: int,
        y: int,
        width: int,
        height: int,
        format: int,
        depth: int,
        left_pad: int,
        data: bytes,
    ) -> None: ...
    def send_event(self, event: Event) -> None: ...
    def set_wm_class(self, inst: str, cls: str) -> None: ...
    def set_wm_normal_hints(self, *, flags: int, min_width: int, min_height: int) -> None: ...
