"""pystray's icon on Windows, with the private hooks that ours overrides or calls."""

from collections.abc import Callable

from pystray import _base

_Handler = Callable[[int, int], int | bool | None]

class Icon(_base.Icon):
    _atom: int
    _hwnd: int
    _menu_hwnd: int
    _icon_handle: int | None
    _menu_handle: tuple[int, list[Callable[..., object]]] | None
    _message_handlers: dict[int, _Handler]

    def _message(self, code: int, flags: int, **kwargs: object) -> None: ...
    def _create_window(self, atom: int) -> int: ...
    def _mainloop(self) -> None: ...
    def _on_display_change(self, wparam: int, lparam: int) -> None: ...
    def _on_notify(self, wparam: int, lparam: int) -> None: ...
    def _on_taskbarcreated(self, wparam: int, lparam: int) -> None: ...
    def _assert_icon_handle(self) -> None: ...
    def _create_menu(
        self, descriptors: _base.Menu | None, callbacks: list[Callable[..., object]]
    ) -> int: ...
    def _create_menu_item(
        self, descriptor: _base.MenuItem, callbacks: list[Callable[..., object]]
    ) -> _MenuItemInfo: ...

class _MenuItemInfo:
    dwTypeData: str | None
