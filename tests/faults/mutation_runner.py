"""Has the core's tests judge mutants, in copies of the project and in several processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from enum import StrEnum
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from tests.faults import mutation_worker
from tests.faults.mutation import Mutant, enums_of, mutants_of

PROJECT = Path(__file__).parents[2]
PURE = ("model", "policy", "text")
ALSO = (
    "desktop/notifications/content.py",
    "desktop/notifications/policy.py",
    "sign_in/request.py",
    "webex/api_base.py",
)
"""What is mutated: whole packages, and modules elsewhere that are pure as well."""

LIMIT = 10.0
"""Seconds of the processor for one test. The longest takes one; only what hangs takes this. What
blocks has six times as long by the clock."""

_CONFTEST = '''"""Few examples, and always the same ones: the score is to be the same tomorrow."""

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutants")
'''

_PYTEST_INI = """[pytest]
filterwarnings = error
markers =
    no_cover
    process
    slow
"""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    HUNG = "hung"
    SURVIVED = "survived"


_FATES = {
    mutation_worker.ENDED: Fate.SURVIVED,
    mutation_worker.FAILED: Fate.KILLED,
    mutation_worker.INTERRUPTED: Fate.KILLED,
    mutation_worker.TIMED_OUT: Fate.HUNG,
    mutation_worker.BLOCKED: Fate.HUNG,
}
"""By how the tests ended. Anything else is no verdict, and fails."""


@cache
def every_mutant() -> tuple[Mutant, ...]:
    """Every mutant of every module of the core."""
    package = PROJECT / "tray_app"
    inside = [path for name in PURE for path in sorted((package / name).glob("*.py"))]
    paths = [*inside, *(package / name for name in ALSO)]
    sources = {p.relative_to(package).as_posix(): p.read_text(encoding="utf-8") for p in paths}
    enums = {name: e for source in sources.values() for name, e in enums_of(source).items()}
    return tuple(m for name, source in sources.items() for m in mutants_of(name, source, enums))


def original(module: str) -> Mutant:
    """A module without a fault: what no test may object to."""
    return Mutant(
        module, 0, "unchanged", (PROJECT / "tray_app" / module).read_text(encoding="utf-8")
    )


class Judge:
    """A copy of the project with processes that run the core's tests in it. `many`: one of them
    collects all tests beforehand, which takes a while, and less for each mutant from then on."""

    def __init__(self, folder: Path, *, limit: float = LIMIT, many: bool = False) -> None:
        self._folder, self._limit = folder, limit
        self._ways = ("collected", "bare") if many else ("bare",)

    def __enter__(self) -> Self:
        _copy(self._folder)
        self._processes = [
            subprocess.Popen(
                [sys.executable, Path(mutation_worker.__file__).name, way],
                cwd=self._folder,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for way in self._ways
        ]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()

    def fate(self, mutant: Mutant, *, by_own_tests: bool = False) -> Fate:
        """Say what became of a mutant: the module's own tests first, then all others, if asked."""
        tests = self._folder / "tests"
        names = sorted(path.relative_to(tests).as_posix() for path in tests.rglob("test_*.py"))
        own = [name for name in names if name == _test_of(mutant.module)]
        task = {
            "path": f"tray_app/{mutant.module}",
            "unit": mutant.name.partition(":")[0],
            "source": mutant.source,
            "own": [f"tests/{name}" for name in own],
            "others": [f"tests/{name}" for name in names if name not in own and not by_own_tests],
            "limit": self._limit,
        }
        answers = (_answer(process, task) for process in self._processes)
        return _FATES[next(answer for answer in answers if answer != mutation_worker.ELSEWHERE)]


def _answer(process: subprocess.Popen[str], task: dict[str, object]) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(task) + "\n")
    process.stdin.flush()
    return int(json.loads(process.stdout.readline()))


class Judges:
    """Judges below one folder: as many as there are processors for `many` mutants, else one. None
    judges anything twice."""

    def __init__(self, folder: Path, *, many: bool) -> None:
        self._folder, self._many, self._idle = folder, many, SimpleQueue[Judge]()
        self._known: dict[tuple[Mutant, bool], Fate] = {}

    def __enter__(self) -> Self:
        # The short run is part of `make test`, which keeps every core busy by itself.
        self._count = (os.cpu_count() or 1) if self._many else 1
        with ExitStack() as stack:
            for number in range(self._count):
                judge = Judge(self._folder / f"copy-{number}", many=self._many)
                self._idle.put(stack.enter_context(judge))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def fates(
        self, mutants: Iterable[Mutant], *, by_own_tests: bool = False
    ) -> Iterator[tuple[Mutant, Fate]]:
        """Say of each what became of it, in their order, as it comes to be known."""

        def fate(mutant: Mutant) -> tuple[Mutant, Fate]:
            if (mutant, by_own_tests) not in self._known:
                judge = self._idle.get()
                try:
                    known = judge.fate(mutant, by_own_tests=by_own_tests)
                finally:
                    self._idle.put(judge)
                self._known[mutant, by_own_tests] = known
            return mutant, self._known[mutant, by_own_tests]

        with ThreadPoolExecutor(self._count) as pool:
            yield from pool.map(fate, mutants)


def _test_of(module: str) -> str:
    """The file of a module's own tests, below `tests`."""
    folder, _, name = module.rpartition("/")
    return f"{folder}/test_{name}"


def _copy(folder: Path) -> None:
    """What the tests of the core need, and the worker; of the core nothing that was compiled."""
    bare = shutil.ignore_patterns("__pycache__")
    for name in PURE:
        shutil.copytree(PROJECT / "tray_app" / name, folder / "tray_app" / name, ignore=bare)
        # With what pytest has compiled: faster.
        shutil.copytree(PROJECT / "tests" / name, folder / "tests" / name)
    for module in ALSO:
        test = _test_of(module)
        samples = f"{Path(test).parent.as_posix()}/samples.py"
        for top, name in (("tray_app", module), ("tests", test), ("tests", samples)):
            copied = folder / top / name
            copied.parent.mkdir(parents=True, exist_ok=True)
            for parent in copied.relative_to(folder / top).parents[:-1]:
                (folder / top / parent / "__init__.py").touch()
            if (PROJECT / top / name).exists():
                shutil.copy(PROJECT / top / name, copied)
    for package in ("tray_app", "tests"):
        shutil.copy(PROJECT / package / "__init__.py", folder / package)
    shutil.copy(mutation_worker.__file__, folder)
    (folder / "tests" / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
    (folder / "pytest.ini").write_text(_PYTEST_INI, encoding="utf-8")


def _environment() -> dict[str, str]:
    """Ours without what would measure coverage there, and with few examples."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HYPOTHESIS_PROFILE": "few"}
