"""What judging a curve costs: judgements a second, against published rules on the same curves, in one run.

    python -m bench.detectors [--rounds N]

A judgement is the answer of one signal for one prefix; signals without data are not counted. Each round
measures every case once, in turn, so that a machine that slows down slows all; the medians are printed.
"""

import argparse
import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from bench.rivals import RIVALS
from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.detectors.features import features_of
from finetune_guard.core.detectors.registry import DETECTORS, traces
from finetune_guard.core.judging import judge
from finetune_guard.core.metrics.series import Curve, Floats, MetricSeries
from finetune_guard.core.thresholds import ThresholdPack
from finetune_guard.core.verdict import Evidence

PACK = ThresholdPack()
SMALL, LARGE = 300, 100_000
SIZES = (SMALL, 10_000, LARGE, 1_000_000)
#: A small curve is judged so often a round that the clock can tell.
REPEATS = {SMALL: 20}
EVALUATE_EVERY = 50
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

Work = Callable[[], object]


class Seconds(NamedTuple):
    """What a piece of work took."""

    cpu: float
    wall: float


def bedrock_curve(rows: int) -> Curve:
    """A run that learns, with what Bedrock shows of it: losses of rows and of evaluations."""
    losses = learning(rows, seed=0)
    step = np.arange(1, rows + 1)
    at = step[EVALUATE_EVERY - 1 :: EVALUATE_EVERY]
    validation = MetricSeries(at, np.full(len(at), np.nan), learning(len(at), seed=1))
    return Curve(MetricSeries(step, np.full(rows, np.nan), losses), validation, rows)


def full_curve(rows: int) -> Curve:
    """The same run from a source that shows everything there is to see."""
    plain, rng = bedrock_curve(rows), np.random.default_rng(2)
    training = MetricSeries(
        plain.training.step,
        plain.training.epoch,
        plain.training.loss,
        time=np.linspace(0.0, 2.0 * rows, rows),
        learning_rate=np.full(rows, 1e-5),
        grad_norm=np.exp(rng.normal(0.0, 0.2, rows)),
        step_time=2.0 * np.exp(rng.normal(0.0, 0.05, rows)),
        memory=np.full(rows, 3e10),
    )
    return Curve(training, plain.validation, rows)


def learning(rows: int, seed: int) -> Floats:
    """Losses from 2 towards 1, with 5 % noise of a row."""
    noise = np.random.default_rng(seed).normal(0.0, 0.05, rows)
    losses: Floats = (1.0 + np.exp(-5.0 * np.arange(rows) / rows)) * np.exp(noise)
    return losses


def judgements(found: tuple[Trace, ...]) -> int:
    """Answers of the signals that had data."""
    return sum(len(one.status) for one in found if len(one.status) and one.status[-1] != Status.NOT_ENOUGH)


def seconds(work: Work, repeats: int = 1) -> Seconds:
    """CPU and wall time of a call."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(repeats):
        work()
    return Seconds((time.process_time() - cpu) / repeats, (time.perf_counter() - wall) / repeats)


def measured(cases: Mapping[str, Work], rounds: int, repeats: int = 1) -> dict[str, list[Seconds]]:
    """Each case once a round, in turn, after one round that counts for nothing."""
    taken: dict[str, list[Seconds]] = {name: [] for name in cases}
    for work in cases.values():
        work()
    for _ in range(rounds):
        for name, work in cases.items():
            taken[name].append(seconds(work, repeats))
    return taken


def median(taken: list[Seconds]) -> Seconds:
    """Median CPU and median wall time."""
    return Seconds(*(statistics.median(part) for part in zip(*taken, strict=True)))


def ratio(one: list[Seconds], other: list[Seconds]) -> float:
    """Median of the ratios of CPU time, round by round."""
    return statistics.median(a.cpu / b.cpu for a, b in zip(one, other, strict=True))


def against_rivals(rows: int, rounds: int) -> None:
    """All our signals against one published rule at a time, on the same losses."""
    curve = bedrock_curve(rows)
    losses = curve.training.loss.tolist()
    count = judgements(traces(curve, PACK))
    cases: dict[str, Work] = {name: partial(rule, losses) for name, rule in RIVALS.items()}
    taken = measured({"ours": partial(traces, curve, PACK), **cases}, rounds, REPEATS.get(rows, 1))
    print(f"\n{rows:,} rows: judgements, ms CPU, ms wall, million judgements a second, our rate over theirs")
    for name, one in taken.items():
        own = count if name == "ours" else rows
        cpu, wall = median(one)
        faster = ratio(one, taken["ours"]) * count / own
        print(f"{name:20}{own:12,}{cpu * 1e3:11.2f}{wall * 1e3:11.2f}{own / cpu / 1e6:9.2f}   x {faster:.1f}")


def by_signal(rows: int, rounds: int) -> None:
    """What each signal costs, and what all of them share."""
    curve = full_curve(rows)
    features = features_of(curve)
    cases: dict[str, Work] = {"(shared features)": partial(features_of, curve)}
    cases |= {str(name): partial(detector, features, PACK) for name, detector in DETECTORS.items()}
    taken = {name: median(one) for name, one in measured(cases, rounds, REPEATS.get(rows, 1)).items()}
    total = sum(one.cpu for one in taken.values())
    print(f"\n{rows:,} rows, signal by signal: ms CPU, ns a row, share")
    for name, one in sorted(taken.items(), key=lambda item: -item[1].cpu):
        print(f"{name:20}{one.cpu * 1e3:10.3f}{one.cpu / rows * 1e9:9.1f}{one.cpu / total:7.0%}")


def by_length(rounds: int) -> None:
    """What ten times the rows cost, and the memory that the longest curve takes."""
    curves = {f"{rows:,}": bedrock_curve(rows) for rows in SIZES[1:]}
    taken = measured({name: partial(traces, curve, PACK) for name, curve in curves.items()}, rounds)
    print("\nrows: ms CPU, times the line above")
    before: list[Seconds] = []
    for name, one in taken.items():
        times = f"x {ratio(one, before):.1f}" if before else ""
        print(f"{name:>10}{median(one).cpu * 1e3:11.1f}   {times}")
        before = one
    print(f"{SIZES[-1]:,} rows take {peak_megabytes(curves[f'{SIZES[-1]:,}']):.0f} MB beyond the curve")


def peak_megabytes(curve: Curve) -> float:
    """Most memory held at once while a curve is judged, the curve itself not counted."""
    tracemalloc.start()
    traces(curve, PACK)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def a_tick(rounds: int) -> None:
    """What a tick pays for its judgement of a usual curve."""
    cases = {"as Bedrock shows it": bedrock_curve(SMALL), "with all signals": full_curve(SMALL)}
    works = {name: partial(judge, curve, PACK, Evidence.LIVE_CURVE) for name, curve in cases.items()}
    print(f"\na tick's judgement of {SMALL} rows: ms CPU, ms wall")
    for name, one in measured(works, rounds, REPEATS[SMALL]).items():
        cpu, wall = median(one)
        print(f"{name:20}{cpu * 1e3:10.2f}{wall * 1e3:10.2f}")


def in_one_thread() -> None:
    """Starts this program anew where numpy could use more than one thread."""
    environment = {**os.environ, **ONE_THREAD}
    if environment != dict(os.environ):
        os.execve(sys.executable, [sys.executable, "-m", "bench.detectors", *sys.argv[1:]], environment)


def main() -> None:
    """Prints one table for each question."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    in_one_thread()
    for rows in (SMALL, LARGE):
        against_rivals(rows, rounds)
    for rows in (SMALL, LARGE):
        by_signal(rows, rounds)
    by_length(rounds)
    a_tick(rounds)


if __name__ == "__main__":
    main()
