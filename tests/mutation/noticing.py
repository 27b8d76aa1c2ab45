"""Tries the listed faults in the folder it is started in; started by faults.py."""

import argparse
import importlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.generated_part import with_part
from tests.mutation.listed import ListedFault, listed, source_of
from tests.mutation.running import Outcome, Running, Trial, first_done, seconds_unchanged

MARKS = ("<!-- faults -->", "<!-- /faults -->")
#: Loaded once, before the forks; nothing of ours is, so that each fork imports the changed module.
LIBRARIES = ("numpy", "hypothesis.strategies", "hypothesis.internal.conjecture.engine", "boto3", "moto")
#: Tests that take so long hang, also on a busy machine.
MOST_SECONDS = 1800.0


class Noticed(NamedTuple):
    """A fault, and what the tests said of it."""

    fault: ListedFault
    outcome: Outcome
    test: str
    seconds: float


def main() -> int:
    """Prints each as it ends, then a table; 1 where a fault is not noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.faults")
    parser.add_argument("numbers", nargs="*", type=int, help="faults; all where none is named")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the table into docs/simulation.md")
    parser.add_argument("--unchanged", action="store_true", help="run the tests on the code as it is")
    parser.add_argument("--page", type=Path, required=True)
    asked = parser.parse_args()
    for name in LIBRARIES:
        importlib.import_module(name)
    faults = [fault for fault in listed() if not asked.numbers or fault.number in asked.numbers]
    if asked.unchanged:
        tests = dict.fromkeys(test for fault in faults for part in fault.rounds for test in part)
        print(f"{seconds_unchanged(tuple(tests)):.0f} s")
        return 0
    noticed = sorted(_noticed(faults, asked.workers), key=lambda one: one.fault.number)
    lines = table(noticed)
    print("", *lines, sep="\n")
    if asked.write:
        asked.page.write_text(with_part(asked.page.read_text(), MARKS, lines, asked.page))
    return 1 if survivors(noticed) else 0


def _noticed(faults: Sequence[ListedFault], workers: int) -> Iterator[Noticed]:
    """What becomes of each: first on the quick tests, then the rest on those that take long."""
    left, most = list(faults), max(len(fault.rounds) for fault in faults)
    spent: dict[int, float] = {}
    for number in range(most):
        tried = list(_tried([fault for fault in left if number < len(fault.rounds)], number, workers))
        for one in tried:
            spent[one.fault.number] = spent.get(one.fault.number, 0.0) + one.seconds
            if one.outcome is not Outcome.SURVIVED or number + 1 == len(one.fault.rounds):
                left.remove(one.fault)
                yield one._replace(seconds=spent[one.fault.number])


def _tried(faults: Iterable[ListedFault], number: int, workers: int) -> Iterator[Noticed]:
    going: dict[Running, ListedFault] = {}
    for fault in faults:
        if len(going) == workers:
            yield _ended(going)
        going[Running(_trial(fault, number))] = fault
    while going:
        yield _ended(going)


def _trial(fault: ListedFault, number: int) -> Trial:
    code = compile(fault.put_into(source_of(fault)), fault.file, "exec")
    return Trial(fault.rounds[number], fault.module, code, MOST_SECONDS)


def _ended(going: dict[Running, ListedFault]) -> Noticed:
    done = first_done(list(going))
    fault, seconds = going.pop(done), done.seconds
    one = Noticed(fault, done.end(), done.first_failure, seconds)
    print(f"{fault.number:3} {one.outcome:9} {seconds:5.0f} s  {fault.file}  {one.test}", flush=True)
    return one


def survivors(noticed: Iterable[Noticed]) -> list[Noticed]:
    """Those that no test notices."""
    return [one for one in noticed if one.outcome is Outcome.SURVIVED]


def table(noticed: Sequence[Noticed]) -> list[str]:
    """The score, the faults with what noticed them, and the survivors."""
    left = survivors(noticed)
    return [
        f"{len(noticed) - len(left)} of {len(noticed)} are noticed.",
        "",
        "| | file | what it breaks | noticed by | seconds |",
        "|---|---|---|---|---|",
        *(_row(one) for one in noticed),
        *(("", "Not noticed: " + ", ".join(str(one.fault.number) for one in left)) if left else ()),
    ]


def _row(one: Noticed) -> str:
    by = {Outcome.SURVIVED: "**nothing**", Outcome.TIMED_OUT: "the tests hang"}.get(
        one.outcome, _words(one.test)
    )
    return f"| {one.fault.number} | `{one.fault.file}` | {one.fault.breaks} | {by} | {one.seconds:.0f} |"


def _words(test: str) -> str:
    """A test's file, and its name as the sentence that it is."""
    file, _, name = test.partition("::")
    sentence = name.partition("[")[0].rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return f"`{Path(file).stem}`: {sentence}"


if __name__ == "__main__":
    sys.exit(main())
