"""Runs in a copy of the project, in a process of its own: whether the tests notice a mutant.

A line of JSON in, a line of JSON out. Each run of the tests is forked from this process, which has
already done what is the same for many mutants:

- `collected` has imported all that is ours, has collected the tests and knows which of them call
  which function. It judges what differs in the body of one function alone: the function gets the
  other code, and the tests that call it run.
- `bare` has imported pytest and Hypothesis, and nothing of ours. It judges all the rest, such as
  limits and the members of enums.
"""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import hypothesis.strategies  # noqa: F401 - for the children, who then have it
import pytest

HOW = [
    *("-x", "-s", "-p", "_hypothesis_pytestplugin"),
    *(f"-pno:{name}" for name in ("cacheprovider", "logging", "terminal", "unraisableexception")),
]

ENDED, FAILED, INTERRUPTED, ELSEWHERE = 0, 1, 2, 99
"""How the tests ended, as pytest has it. Interrupted: the mutated module could not be imported.
Elsewhere: the other process has to judge it."""
BROKEN = 98
"""This file is wrong: no verdict."""
TIMED_OUT, BLOCKED = -signal.SIGPROF, -signal.SIGALRM
"""What it ended by: the limit of the processor's time, or that of the clock."""

Task = dict[str, Any]
Function = tuple[str, str]
"""Its module and its qualified name."""


def serve(judged: Callable[[Task], int]) -> None:
    """Answer each task until there are no more."""
    for line in sys.stdin:
        print(json.dumps(judged(json.loads(line))), flush=True)


def forked(work: Callable[[], int]) -> int:
    """What `work` returns in a child; or the signal that ended it, negative."""
    child = os.fork()
    if child == 0:
        ended = BROKEN
        try:
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            ended = work()
        finally:
            os._exit(ended)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def limit_time(seconds: float) -> None:
    """End this process once what follows has taken so many seconds of the processor, or has blocked
    for six times as long. 0: no limit."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 6 * seconds)


def run(session: pytest.Session, items: Sequence[pytest.Item], limit: float) -> int:
    """Run tests until one fails, each within this limit of time."""
    for item, following in zip_longest(items, items[1:]):
        limit_time(limit)
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return FAILED
    return ENDED


def name_of(path: str) -> str:
    """How Python names the module in a file."""
    return path.removesuffix(".py").replace("/", ".")


# --- the process that has collected all tests -----------------------------------------------------


class Collected:
    """A plugin of pytest. Instead of running the tests once, it runs some of them for each task."""

    def __init__(self) -> None:
        self._calls: dict[str, list[tuple[float, pytest.Item, set[Function]]]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Iterator[None]:
        """Note what is called meanwhile: it cannot be called again with other code."""
        with calls() as self._early:
            return (yield)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer each task."""
        self._session = session
        self._functions: dict[Function, list[FunctionType]] = {}
        gc.unfreeze()  # what was collected, to find it
        for found in gc.get_objects():
            if isinstance(found, FunctionType):
                function = (found.__module__, found.__code__.co_qualname)
                self._functions.setdefault(function, []).append(found)
        gc.freeze()  # nothing of it is looked at, and so copied, in a child
        serve(self._judged)
        return True

    def _judged(self, task: Task) -> int:
        function = (name_of(task["path"]), name := changed_function(task))
        if function in self._early or not (functions := self._functions.get(function, [])):
            return ELSEWHERE
        code = code_in(compile(task["source"], task["path"], "exec"), name)
        if any(each.__code__.co_freevars != code.co_freevars for each in functions):
            return ELSEWHERE

        def work() -> int:
            for each in functions:
                each.__code__ = code
            return run(self._session, items, task["limit"])

        for files in (task["own"], task["others"]):
            noted = [note for file in files for note in self._notes(file)]
            noted.sort(key=lambda note: note[0])
            items = [item for _, item, called in noted if function in called]
            if (ended := forked(work)) != ENDED:
                return ended
        return ENDED

    def _notes(self, file: str) -> list[tuple[float, pytest.Item, set[Function]]]:
        """The tests in a file: how long they take, and what they call."""
        if file not in self._calls:
            self._calls[file] = notes = []
            for item in self._session.items:
                if item.location[0] == file:
                    begin = time.perf_counter()
                    with calls() as called:
                        assert run(self._session, [item], 0) == ENDED, item.nodeid
                    notes.append((time.perf_counter() - begin, item, called))
        return self._calls[file]


@contextmanager
def calls() -> Iterator[set[Function]]:
    """The functions of ours that are called meanwhile."""
    called: set[Function] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and (name := frame.f_globals.get("__name__", "")).startswith("tray_app"):
            called.add((name, frame.f_code.co_qualname))

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)


def changed_function(task: Task) -> str:
    """The function of which nothing but the body differs; "" if there is none."""
    was = _function(_tree(Path(task["path"]).read_text(encoding="utf-8")), task["unit"])
    now = was and _function(ast.parse(task["source"]), task["unit"])
    return was[0] if was and now and _head(was[1]) == _head(now[1]) else ""


_tree = cache(ast.parse)


def _function(tree: ast.Module, unit: str) -> tuple[str, ast.FunctionDef] | None:
    """The outermost function that a unit is, or is within, with its qualified name."""
    inside: ast.Module | ast.ClassDef = tree
    names = unit.split(".")
    for depth, name in enumerate(names, 1):
        for node in inside.body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return ".".join(names[:depth]), node
            if isinstance(node, ast.ClassDef) and node.name == name:
                inside = node
    return None


def _head(function: ast.FunctionDef) -> list[str]:
    return [ast.dump(node) for node in (function.args, *function.decorator_list)]


def code_in(code: CodeType, name: str) -> CodeType:
    """The code of a function in that of its module or class."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType) and f"{name}.".startswith(f"{inner.co_qualname}."):
            return inner if inner.co_qualname == name else code_in(inner, name)
    raise LookupError(name)


# --- the process that has imported nothing of ours ------------------------------------------------


def judged_bare(task: Task) -> int:
    """Import the mutant before all else and run the module's own tests, then all that load it."""

    def work() -> int:
        limit_time(task["limit"])
        try:
            load(task)
        except BaseException:  # noqa: BLE001 - whatever the mutant does
            return INTERRUPTED
        return int(pytest.main([*HOW, *files], plugins=[Bare(task["limit"])]))

    files = task["own"]
    if files and (ended := forked(work)) != ENDED:
        return ended
    files = [file for file in task["others"] if name_of(task["path"]) in loaded_by(file)]
    return forked(work) if files else ENDED


class Bare:
    """A plugin of pytest that gives each test as much time. The generated examples come last: they
    take most of it."""

    def __init__(self, limit: float) -> None:
        self._limit = limit

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of pytest's own loop."""

        def is_generated(item: pytest.Item) -> bool:
            return hasattr(getattr(item, "obj", None), "hypothesis")

        run(session, sorted(session.items, key=is_generated), self._limit)
        return True


def load(task: Task) -> None:
    """Import the mutant in place of the module."""
    spec = importlib.util.spec_from_file_location(name_of(task["path"]), task["path"])
    assert spec is not None
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    exec(compile(task["source"], task["path"], "exec"), vars(module))  # noqa: S102


@cache
def loaded_by(test: str) -> frozenset[str]:
    """What a file of tests imports, and what that imports in turn."""
    read, write = os.pipe()

    def work() -> int:
        importlib.import_module(name_of(test))
        os.write(write, json.dumps([name for name in sys.modules if "tray_app" in name]).encode())
        return ENDED

    assert forked(work) == ENDED, test
    os.close(write)
    with os.fdopen(read) as names:
        return frozenset(json.load(names))


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))  # before the project that is installed
    if "collected" in sys.argv:
        pytest.main([*HOW, "tests"], plugins=[Collected()])
    else:
        serve(judged_bare)
