"""A profile handle that records what a menu asks for."""

from __future__ import annotations

from tray_app.runtime.commands import ProfileHandle


class Clicked(ProfileHandle):
    """What was asked for, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def check(self) -> None:
        self.asked.append("check")

    def check_with_others(self) -> None:
        self.asked.append("check with others")

    def poll(self) -> None:
        self.asked.append("poll")

    def refresh(self) -> None:
        self.asked.append("refresh")

    def authorize(self) -> None:
        self.asked.append("authorize")

    def cancel_sign_in(self, *, by_user: bool = True) -> None:
        self.asked.append("cancel sign-in" if by_user else "drop sign-in")

    def extend(self, source_id: str = "") -> None:
        self.asked.append(f"extend {source_id}".rstrip())

    def keep(self, source_id: str, *, on: bool) -> None:
        self.asked.append(f"keep {source_id} {'on' if on else 'off'}")
