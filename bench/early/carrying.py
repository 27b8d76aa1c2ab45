"""What a segment costs: a run against the same run cut into jobs, under several rules of carrying.

    python -m bench.early.carrying [--seeds 4]

Each job is trained by the stand-in's own training, from the weights of the one before, in file order. A seed
draws the records. A figure is the final validation loss of the cut run over that of the whole run, less one.
"""

import argparse
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from bench.early.cut_runs import WARM_UP, Case, Draw, Rule, Start
from local.bedrock.schedule import AfterWarmUp
from local.bedrock.settings import environment_of_workers


def longer(share: float) -> Callable[[Start, int], int]:
    """After a restart a warm-up of at least a share of the segment's steps."""
    return lambda start, run: max(run, int(share * start.steps)) if start.place else run


def in_proportion(start: Start, run: int) -> int:
    """The run's warm-up cut with the run."""
    return round(run * start.share)


def none(_start: Start, _run: int) -> int:
    """No warm-up after a restart either: some families have no such knob."""
    return 0


def left(start: Start) -> float:
    """What is left of the run."""
    return 1 - start.done


SAME: Final = Rule("all the same", lambda _start: 1.0)
LINEAR: Final = Rule("peak of a linear decay to a tenth", lambda start: 1 - 0.9 * start.done)
HALVES: Final = Rule("peak halved each time", lambda start: 0.5**start.place)
LEFT: Final = Rule("peak = what is left of the run", left)
LEFT_LONG: Final = Rule("what is left, warm-up from 20 % of a segment", left, longer(0.2))
RULES: Final = (
    SAME,
    Rule("all the same, warm-up from 20 % of a segment", lambda _start: 1.0, longer(0.2)),
    LINEAR,
    LEFT,
    Rule("peak = what is left, squared", lambda start: left(start) ** 2),
    HALVES,
    Rule("peak a third each time", lambda start: 3.0**-start.place),
    Rule("peak a third in the last only", lambda start: 1 / 3 if start.last and start.place else 1.0),
    Rule("what is left, warm-up in proportion", left, in_proportion),
    LEFT_LONG,
    Rule("what is left, warm-up from 30 % of a segment", left, longer(0.3)),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One table: rules down, cases across."""

    title: str
    rules: tuple[Rule, ...]
    cases: tuple[Case, ...]


def equal(count: int) -> tuple[float, ...]:
    """Shares of equal segments."""
    return (1 / count,) * count


def across(*shares: tuple[float, ...], rate: float = 1.0, warm_up: int = WARM_UP) -> tuple[Case, ...]:
    """Both schedules, one epoch and two, each way to cut."""
    return tuple(
        Case(cut, epochs, then, rate, warm_up)
        for then in (AfterWarmUp.DECAY, AfterWarmUp.CONSTANT)
        for epochs in (1, 2)
        for cut in shares
    )


UNEVEN: Final = (0.5, 0.25, 0.25)
NO_KNOB: Final = (
    Rule(SAME.name, SAME.peak, none),
    Rule(LEFT.name, left, none),
    Rule(HALVES.name, HALVES.peak, none),
)
QUESTIONS: Final = (
    Question("the default rate", RULES, across(equal(2), equal(3))),
    Question(
        "a third of the rate", (SAME, LINEAR, HALVES, LEFT_LONG), across(equal(2), equal(3), rate=1 / 3)
    ),
    Question("a tenth of the rate", (SAME, LEFT_LONG), across(equal(2), equal(3), rate=0.1)),
    Question("no warm-up at all", NO_KNOB, across(equal(2), equal(3), warm_up=0)),
    Question("five segments, and uneven ones", (SAME, HALVES, LEFT_LONG), across(equal(5), UNEVEN)),
)


def answers(seeds: Sequence[int]) -> dict[tuple[str, str, Case], list[float]]:
    """The cost of each rule in each case, seed by seed."""
    found: dict[tuple[str, str, Case], list[float]] = defaultdict(list)
    for seed in seeds:
        print(f"seed {seed}", file=sys.stderr, flush=True)
        draw = Draw(seed)
        for question in QUESTIONS:
            for rule, case in product(question.rules, question.cases):
                found[question.title, rule.name, case].append(draw.cost(rule, case))
    return found


def shown(costs: Sequence[float]) -> str:
    """Mean and range in per cent."""
    low, mean, high = (100 * each for each in (min(costs), statistics.mean(costs), max(costs)))
    return f"{mean:+.1f} ({low:+.1f} to {high:+.1f})"


def table(question: Question, found: dict[tuple[str, str, Case], list[float]]) -> Iterator[str]:
    """A question's table in Markdown; its last column has the least and most of all cells, seed by seed."""
    heads = [f"{cut(case)} × {case.epochs} {case.then}" for case in question.cases]
    yield f"\n{question.title}\n"
    yield "| rule | " + " | ".join(heads) + " | least and most |"
    yield "|---" * (len(heads) + 2) + "|"
    for rule in question.rules:
        rows = [found[question.title, rule.name, case] for case in question.cases]
        least, most = (100 * pick(map(pick, rows)) for pick in (min, max))
        yield f"| {rule.name} | " + " | ".join(map(shown, rows)) + f" | {least:+.1f} to {most:+.1f} |"


def cut(case: Case) -> str:
    """How a run is cut, in a word."""
    even = len(set(case.shares)) == 1
    return str(len(case.shares)) if even else "-".join(f"{share:g}" for share in case.shares)


def in_one_thread() -> None:
    """Starts this program anew where numpy could use more than one thread."""
    environment = dict(environment_of_workers())
    if environment != dict(os.environ):
        os.execve(sys.executable, [sys.executable, "-m", "bench.early.carrying", *sys.argv[1:]], environment)


def main() -> None:
    """Prints a table for each question."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=11)
    asked = parser.parse_args()
    in_one_thread()
    began = time.process_time()
    found = answers(range(asked.first_seed, asked.first_seed + asked.seeds))
    for question in QUESTIONS:
        print("\n".join(table(question, found)))
    print(f"\n{asked.seeds} seeds, {time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main()
