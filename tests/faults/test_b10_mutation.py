"""B10: the tests of the core notice nearly every small fault that is put into it.

`survivors.txt` lists the faults that they do not notice, each with the reason why that is no loss.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import pytest

from tests.faults.conftest import Measure
from tests.faults.mutation import Mutant, enums_of, mutants_of
from tests.faults.mutation_runner import ALSO, Fate, Judge, Judges, every_mutant, original
from tests.faults.table import Bar, rounds

BAR = Bar("B10", "pure core", least=rounds(12, 18))

SURVIVORS = Path(__file__).with_name("survivors.txt")
ENOUGH = 0.9
"""Of all mutants, also of those that change nothing."""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def listed() -> dict[str, str]:
    """The mutants that are known to survive, with the reason: the indented line below them."""
    found: dict[str, str] = {}
    group: list[str] = []
    for line in SURVIVORS.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            found |= dict.fromkeys(group, line.strip())
            group = []
        elif line and not line.startswith("#"):
            group.append(line)
    assert not group, f"no reason is given for {group[-1]}"
    return found


def sample(mutants: Sequence[Mutant]) -> list[Mutant]:
    """All of them in the long form. Else two faults in functions of each package, the same ones
    while they exist: the tests of their own modules notice those, in a tenth of the time."""
    if rounds(0, 1):
        return list(mutants)
    packages: dict[str, list[Mutant]] = {}
    for mutant in sorted(mutants, key=lambda mutant: sha256(key(mutant).encode()).digest()):
        if mutant.name[0].islower() and not mutant.name.startswith("module:"):
            packages.setdefault(mutant.module.partition("/")[0], []).append(mutant)
    return [mutant for some in packages.values() for mutant in some[:2]]


def key(mutant: Mutant) -> str:
    """How the list names a mutant."""
    return f"{mutant.module}: {mutant.name}"


@pytest.fixture(scope="module")
def judges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judges]:
    """With copies of the project as it is now."""
    with Judges(tmp_path_factory.mktemp("judges"), many=bool(rounds(0, 1))) as judges:
        yield judges


@needs_fork
def test_what_is_without_fault_survives(judges: Judges) -> None:
    """Else tests that fail anyway, or a broken rig, would make a full score."""
    own = ("model/secret.py", "policy/days.py", "text/lengths.py", *ALSO[1:])
    found = judges.fates(map(original, own), by_own_tests=bool(rounds(1, 0)))
    assert [mutant.module for mutant, fate in found if fate is not Fate.SURVIVED] == []


@needs_fork
def test_the_tests_notice_nearly_every_fault(
    judges: Judges, figure: Measure, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nine in ten, and whoever survives is listed. The long run says where it is."""
    chosen = sorted(sample(every_mutant()), key=lambda mutant: mutant.module)
    known = listed()
    survivors = 0
    unlisted: list[str] = []
    for module, found in groupby(judges.fates(chosen), key=lambda found: found[0].module):
        fates = dict(found)
        alive = [mutant for mutant, fate in fates.items() if fate is Fate.SURVIVED]
        new = [str(mutant) for mutant in alive if key(mutant) not in known]
        survivors += len(alive)
        unlisted += new
        with capsys.disabled() if rounds(0, 1) else nullcontext():
            score = f"{module}: {len(fates) - len(alive)} of {len(fates)} noticed"
            print(score, *new, sep="\n  neither noticed nor listed: ", file=sys.stderr)
    noticed = 1 - survivors / len(chosen)
    figure("mutants", len(chosen))
    figure("noticed", 100 * noticed, "%")
    # Of a dozen, two may be among those that change nothing.
    assert noticed >= rounds(75, round(100 * ENOUGH)) / 100
    # The short run allows one: another version of Hypothesis generates other examples.
    assert len(unlisted) <= rounds(1, 0), "\n".join(["neither noticed nor listed:", *unlisted])


@needs_fork
def test_no_fault_is_listed_that_the_tests_notice(judges: Judges, figure: Measure) -> None:
    """A list that is longer than need be would hide what it names. The short run asks the tests of
    one module alone."""
    mutants = {key(mutant): mutant for mutant in every_mutant()}
    names = sorted(listed())
    assert [name for name in names if name not in mutants] == []
    some = random.Random(10).sample(names, min(rounds(1, len(names)), len(names)))
    found = judges.fates((mutants[name] for name in some), by_own_tests=bool(rounds(1, 0)))
    noticed = [str(mutant) for mutant, fate in found if fate is Fate.KILLED]
    assert not noticed, "\n".join(["listed, and noticed:", *noticed])
    figure("listed", len(names))


# --- the rig itself -------------------------------------------------------------------------------


@needs_fork
@pytest.mark.parametrize("many", [False, True][: rounds(1, 2)])
def test_a_fault_is_noticed_by_a_test_or_by_not_ending(tmp_path: Path, *, many: bool) -> None:
    """A verdict that is wrong, a module that cannot be imported, and one that hangs. What means the
    same is no fault."""
    good = original("policy/schedule.py").source

    def mutant(old: str, new: str) -> Mutant:
        assert good.count(old) == 1
        return Mutant("policy/schedule.py", 0, f"next_check: {new}", good.replace(old, new))

    wrong = mutant("0.95", "0.96")
    same = mutant("now + timedelta(seconds=wait)", "timedelta(seconds=wait) + now")
    odd = Mutant("policy/schedule.py", 0, "odd", "class Odd")
    with Judge(tmp_path / "copy", many=many) as judge:
        assert [judge.fate(mutant) for mutant in (wrong, odd)] == [Fate.KILLED, Fate.KILLED]
        assert judge.fate(same, by_own_tests=True) is Fate.SURVIVED
    hangs = mutant("    due = now", "    while True: pass\n    due = now")
    blocks = mutant("    due = now", "    import time; time.sleep(3600)\n    due = now")
    hangs_at_once = Mutant("policy/schedule.py", 0, "hangs", f"{good}\nwhile True: pass\n")
    with Judge(tmp_path / "another copy", limit=1.0, many=many) as judge:
        for each in (hangs, blocks, hangs_at_once)[rounds(2, 0) :]:
            assert judge.fate(each) is Fate.HUNG


SOURCE = '''\
"""A module."""
from __future__ import annotations

class Way(StrEnum):
    UP = "up"
    DOWN = "down"

def way(a: int | None, b: int = 2) -> Way:
    """A function."""
    if a is None or b < 1:
        raise ValueError("no")
    return Way.UP if a - b else Way.DOWN
'''


def test_these_are_the_faults() -> None:
    """Every kind of decision is changed, and nothing else."""
    names = [mutant.name for mutant in mutants_of("way.py", SOURCE, enums_of(SOURCE))]
    assert names == [
        "Way: 'up' -> 'upodd'",
        "Way: 'down' -> 'downodd'",
        "way: 2 -> 3",
        "way: 2 -> 1",
        "way: if a is None or b < 1: raise ValueError('no') -> nothing",
        "way: a is None or b < 1 -> not (a is None or b < 1)",
        "way: a is None or b < 1 -> a is None and b < 1",
        "way: a is None or b < 1 -> b < 1",
        "way: a is None or b < 1 -> a is None",
        "way: a is None -> a is not None",
        "way: b < 1 -> b <= 1",
        "way: b < 1 -> b >= 1",
        "way: 1 -> 2",
        "way: raise ValueError('no') -> nothing",
        "way: 'no' -> 'noodd'",
        "way: return Way.UP if a - b else Way.DOWN -> return None",
        "way: Way.UP if a - b else Way.DOWN -> Way.UP",
        "way: Way.UP if a - b else Way.DOWN -> Way.DOWN",
        "way: a - b -> not a - b",
        "way: a - b -> a + b",
        "way: Way.UP -> Way.DOWN",
        "way: Way.DOWN -> Way.UP",
    ]


def test_a_fault_is_in_one_place_and_the_rest_is_as_it_was() -> None:
    """And no two of them are the same."""
    mutants = mutants_of("way.py", SOURCE, enums_of(SOURCE))
    assert len({mutant.source for mutant in mutants}) == len(mutants)
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    (boundary,) = (mutant for mutant in mutants if mutant.name == "way: b < 1 -> b <= 1")
    assert boundary.line == 10
    assert "if a is None or b <= 1:" in boundary.source
    assert "return Way.UP if a - b else Way.DOWN" in boundary.source
