"""Tray and `watch` under faults for some time: `python -m tests.soak [--minutes 120]`.

Both run with their real pace on a desktop of their own, against a Webex whose tokens live for a
minute. A seeded schedule breaks one thing after another; after each, both must be green again by
themselves. Exit code 1 if one is not, if memory, threads or descriptors grow, if green is shown for
a dead token, or if a log has a traceback. Needs root, and a mount namespace of its own.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.benchmarks.stage import machine
from tests.soak.faults import FAULTS
from tests.soak.plot import plot
from tests.soak.report import MOST_WRONG, facts, table, tracebacks, wrong_green
from tests.soak.samples import Record, read, sample
from tests.soak.scene import Scene, scene

EVERY = 10.0
QUIET = 20.0, 45.0
"""Seconds between two faults."""
GREEN_WITHIN = 240.0
RED_WITHIN = 180.0


@dataclass
class Run:
    """What happened. `recovered`: seconds from the end of each fault until both were green;
    `failed`: sentences."""

    scene: Scene
    record: Record
    begun: float = field(default_factory=time.monotonic)
    fault: str = ""
    recovered: dict[str, list[float]] = field(default_factory=dict)
    states: dict[str, Counter[str]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun

    def measure(self) -> None:
        """Until it is over."""
        while True:
            for resident in self.scene.residents:
                try:
                    self.record.add(sample(self.scene, resident, self.seconds, self.fault))
                except Exception as error:  # noqa: BLE001 - the others go on
                    self.fail(f"{resident.name} could not be measured: {error!r}")
            if self.over.wait(EVERY - self.seconds % EVERY):
                return

    def lives(self) -> bool:
        """Whether both still run."""
        ended = [each.name for each in self.scene.residents if each.process.poll() is not None]
        if ended:
            self.fail(f"ended by itself: {', '.join(ended)}")
        return not ended

    def fail(self, sentence: str) -> None:
        text = f"{datetime.now().astimezone():%H:%M:%S} {sentence}"
        self.failed.append(text)
        print(text, file=sys.stderr, flush=True)

    def wait(self, colour: str, limit: float) -> float | None:
        """Wait until both show that colour, green for a token that works; return the seconds it
        took, None if it took too long. Counts what they show meanwhile."""
        begun = time.monotonic()
        while (waited := time.monotonic() - begun) < limit:
            shown = self.look()
            works = colour != "green" or all(each.token_works for each in self.scene.residents)
            if works and all(each == colour for each in shown):
                return waited
            time.sleep(1)
        return None

    def look(self) -> list[str]:
        """What both show now."""
        shown = []
        for resident in self.scene.residents:
            colour, sentence = resident.state()
            shown.append(colour)
            if colour:
                key = f"{colour}: {_shape(sentence)}"
                self.states.setdefault(resident.name, Counter())[key] += 1
        return shown

    def pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()
            time.sleep(1)

    def break_and_mend(self, name: str) -> None:
        fault, self.fault, took = FAULTS[name], name, None
        try:
            with fault.on(self.scene):
                self.pause(fault.seconds)
                if fault.turns_red and self.wait("red", RED_WITHIN) is None:
                    self.fail(f"{name}: not red, but {self.look()}")
            took = self.wait("green", GREEN_WITHIN)
        except Exception as error:  # noqa: BLE001 - the run goes on
            self.fail(f"{name}: could not be broken or mended: {error!r}")
        self.fault = ""
        if took is None:
            shown = [resident.state() for resident in self.scene.residents]
            self.fail(f"{name}: not green again within {GREEN_WITHIN:.0f} s, but {shown}")
            self.scene.repaired_by_a_person()
            self.wait("green", GREEN_WITHIN)
            return
        self.recovered.setdefault(name, []).append(took)
        print(f"{self.seconds / 60:6.1f} min  {name}: green after {took:.0f} s", flush=True)


def schedule(faults: list[str], seed: int) -> Iterator[str]:
    """All of them in a random order, again and again in another one."""
    chance = random.Random(seed)
    while True:
        names = chance.sample(faults, len(faults))
        yield from names


def _shape(sentence: str) -> str:
    """A sentence without its times and numbers."""
    return "".join("#" if letter.isdigit() else letter for letter in sentence)


def main(arguments: list[str]) -> int:
    """Exit code 0 if all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120, help="how long (default: 120)")
    parser.add_argument("--seed", type=int, default=1, help="of the schedule (default: 1)")
    parser.add_argument("--only", choices=FAULTS, action="append", help="this fault, not all")
    parser.add_argument("--folder", type=Path, default=Path("build/soak"), help="logs and samples")
    parser.add_argument("--plot", type=Path, help="draw the samples there, as SVG")
    parser.add_argument("--redraw", action="store_true", help="only the last run's table and plot")
    options = parser.parse_args(arguments)
    path = options.folder / "samples.csv"
    missed: list[str] = []
    if not options.redraw:
        shutil.rmtree(options.folder, ignore_errors=True)
        missed += _run(options, path)
    samples = read(path)
    values, grown = table(samples)
    wrong = {name: wrong_green(samples, name) for name in ("tray", "watch")}
    lies = {f"{name}: green for a dead token for {t:.0f} s": t for name, t in wrong.items()}
    print("", values, "", *lies, "", sep="\n")
    missed += [*grown, *(lie for lie, seconds in lies.items() if seconds > MOST_WRONG)]
    print("as it should not be:" if missed else "all as it should be", *missed, sep="\n")
    if options.plot:
        day = datetime.fromtimestamp(path.stat().st_mtime).astimezone().date()
        plot(samples, f"{day}, {machine()}", options.plot)
    return 1 if missed else 0


def _run(options: argparse.Namespace, path: Path) -> list[str]:
    """Return a sentence for each thing that went wrong."""
    chance = random.Random(options.seed)
    with scene(options.folder) as made:
        run = Run(made, Record(path))
        if run.wait("green", GREEN_WITHIN) is None:
            run.fail(f"not green at the start, but {[r.state() for r in made.residents]}")
        measuring = threading.Thread(target=run.measure, name="measuring", daemon=True)
        measuring.start()
        for number in (signal.SIGINT, signal.SIGTERM):  # also with `nohup … &`
            signal.signal(number, signal.default_int_handler)
        names = schedule(options.only or list(FAULTS), options.seed)
        try:
            while run.seconds < options.minutes * 60 and run.lives():
                run.pause(chance.uniform(*QUIET))
                run.break_and_mend(next(names))
        except KeyboardInterrupt:
            print("ended early", file=sys.stderr)
        run.over.set()
        measuring.join()
        own = made.session.home / ".local/state/webex-token-tray"
        no_locks = shutil.ignore_patterns("locks")
        shutil.copytree(own, options.folder / "state", ignore=no_locks, dirs_exist_ok=True)
        print(f"\n{run.seconds / 60:.0f} minutes, seed {options.seed}, {machine()}\n")
        print(facts(made.residents, run.recovered, run.states))
        reused = [each.name for each in made.residents if each.webex.reuses]
    returned = [f"{name}: a rotated token was presented again" for name in reused]
    return [*run.failed, *tracebacks([options.folder]), *returned]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
