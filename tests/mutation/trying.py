"""Tries every mutant of the detectors in the folder it is started in; started by __main__."""

import argparse
import importlib
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from finetune_guard.core.thresholds import limits
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.running import Outcome, Running, Trial, first_done, seconds_unchanged

MODULES = "finetune_guard.core.detectors"
DETECTORS = Path("layers/guard/python", *MODULES.split("."))
TESTS = Path("tests/core/detectors")
JUDGED = (Path("tests/core/test_judging.py"), Path("tests/core/test_replaying.py"))
#: What the detectors make of labelled curves, to the last curve: part of the suite like any other test.
FIGURES = tuple(
    f"tests/curves/test_quality.py::test_the_published_figures_of_a_set_are_what_the_detectors_reach[{name}]"
    for name in ("real, all", "injected, seed 7001", "more kinds, seed 7001")
)
#: Left out where the tests of all detectors are run: every survivor would wait long for them.
QUICK = ("-m", "not hypothesis", "-k", "not million_rows")
#: Loaded once, before the forks.
LIBRARIES = ("numpy", "hypothesis.strategies", "hypothesis.internal.conjecture.engine")
#: A run may take this many times as long as on the unchanged code, and at least so many seconds.
PATIENCE, LEAST_SECONDS = 4.0, 15.0
GOAL = 0.9


class Same(NamedTuple):
    """A mutant that does what the code does."""

    file: str
    before: str
    after: str


class Tried(NamedTuple):
    """A mutant of a file, and what the tests said of it."""

    file: str
    mutant: Mutant
    outcome: Outcome


def main() -> int:
    """Prints survivors as they are found, then counts; 1 below the goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("files", nargs="*", help="detectors, without .py; all where none is named")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    for name in LIBRARIES:
        importlib.import_module(name)
    files = asked.files or sorted(path.stem for path in DETECTORS.glob("[a-z]*.py"))
    tried = [one for file in files for one in tried_of(file, asked.workers)]
    for title, key in (("by kind", lambda one: str(one.mutant.kind)), ("by file", lambda one: one.file)):
        print(f"\n{title}")
        for name in sorted({key(one) for one in tried}):
            print(counted(name, [one for one in tried if key(one) == name]))
    print(counted("all", tried))
    return 0 if share_killed(tried) >= GOAL else 1


def tried_of(file: str, workers: int) -> Iterator[Tried]:
    """Every mutant of a file that is not known to be the same code in other words."""
    tests = tests_of(file)
    seconds = max(PATIENCE * seconds_unchanged(tests), LEAST_SECONDS)
    mutants = mutants_of((DETECTORS / f"{file}.py").read_text(), whole_thresholds())
    same = known_same(file)
    found = {one: Same(file, one.before, one.after) for one in mutants}
    for gone in same - set(found.values()):
        print(f"equivalent.toml names no mutant: {gone}")
    trials = [
        (one, Trial(tests, f"{MODULES}.{file}", compile(one.tree, file, "exec"), seconds))
        for one, name in found.items()
        if name not in same
    ]
    for mutant, outcome in outcomes(trials, workers):
        if outcome is Outcome.SURVIVED:
            print(
                f"survived {file}.py:{mutant.line} {mutant.within}: {mutant.before}  ->  {mutant.after}",
                flush=True,
            )
        yield Tried(file, mutant, outcome)


def outcomes(trials: Iterable[tuple[Mutant, Trial]], workers: int) -> Iterator[tuple[Mutant, Outcome]]:
    """What becomes of each, so many at a time, in the order in which they end."""
    going: dict[Running, Mutant] = {}
    for mutant, trial in trials:
        if len(going) == workers:
            done = first_done(list(going))
            yield going.pop(done), done.end()
        going[Running(trial)] = mutant
    while going:
        done = first_done(list(going))
        yield going.pop(done), done.end()


def tests_of(file: str) -> Sequence[str]:
    """Its own tests, those of all detectors for what they share, and the published figures."""
    own = TESTS / f"test_{file}.py"
    return (str(own), *FIGURES) if own.exists() else (*QUICK, *FIGURES, str(TESTS), *map(str, JUDGED))


def whole_thresholds() -> frozenset[str]:
    """Names of the thresholds that are whole numbers."""
    return frozenset(key.partition(".")[2] for key, _, limit in limits() if limit.whole)


def known_same(file: str) -> set[Same]:
    """The mutants of a file that no test can tell from the code; each has its reason beside it."""
    listed = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text())["mutant"]
    return {Same(file, one["before"], one["after"]) for one in listed if one["file"] == file}


def share_killed(tried: Sequence[Tried]) -> float:
    """Share that some test noticed."""
    return sum(one.outcome is not Outcome.SURVIVED for one in tried) / max(len(tried), 1)


def counted(name: str, tried: Sequence[Tried]) -> str:
    """A line of a table."""
    survived = sum(one.outcome is Outcome.SURVIVED for one in tried)
    late = sum(one.outcome is Outcome.TIMED_OUT for one in tried)
    killed = share_killed(tried)
    return f"{name:20}{len(tried):6} mutants{killed:8.1%} killed, {survived} survived, {late} timed out"


if __name__ == "__main__":
    sys.exit(main())
