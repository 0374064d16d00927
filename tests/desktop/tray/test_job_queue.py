"""Work for a loop: all of it in order, and what only shows how things are, once."""

from __future__ import annotations

from collections import Counter

from tray_app.desktop.tray.job_queue import JobQueue


class Screen:
    """Shows the last thing that was set."""

    def __init__(self, inbox: JobQueue) -> None:
        self._inbox = inbox
        self.now = 0
        self.shown: list[int] = []

    def set(self, value: int) -> None:
        self.now = value
        self._inbox.post_once(self.show)

    def show(self) -> None:
        self.shown.append(self.now)


def work_off(inbox: JobQueue) -> None:
    while (job := inbox.next()) is not None:
        job()


def test_a_burst_of_changes_is_shown_once_and_as_it_is_at_last() -> None:
    """On a busy machine the icon was seconds behind ten thousand of them."""
    inbox = JobQueue()
    screen = Screen(inbox)
    for value in range(1000):
        screen.set(value)
    work_off(inbox)
    assert screen.shown == [999]


def test_what_changes_after_it_was_looked_at_is_shown_again() -> None:
    inbox = JobQueue()
    screen = Screen(inbox)
    screen.set(1)
    work_off(inbox)
    screen.set(2)
    job = inbox.next()
    screen.set(3)  # the loop has taken it, and may have looked already
    assert job is not None
    job()
    work_off(inbox)
    assert screen.shown == [1, 3, 3]


def test_all_other_work_is_done_as_often_as_it_is_posted() -> None:
    inbox, done = JobQueue(), Counter[str]()
    for _ in range(3):
        inbox.post(Screen(inbox).show)
        inbox.post(lambda: done.update(["same"]))
    work_off(inbox)
    assert done["same"] == 3
