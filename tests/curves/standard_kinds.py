"""The ten standard kinds: five harmless, four failures, one to be warned of.

The real curve gives shape and noise, the kind gives what goes wrong and when. Order and number of the draws
are part of a kind: with the same seed a curve stays the same for good.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Callable
from random import Random

from tests.curves.kinds import Kind

Change = Callable[[list[float], int, Random], list[float]]

#: Where answering at random among so many classes or tokens stands; a diverged run is often pinned there.
CHANCE_LEVELS = tuple(math.log(k) for k in (2, 3, 4, 5, 10, 20, 100, 1000, 32_000, 50_257, 128_256))


def onset_in(rows: int, rng: Random) -> int:
    """Index at which a fault begins: from 5 % to 90 % of the run, with 2 rows before and 3 left."""
    return min(rows - 3, max(2, int(rows * rng.uniform(0.05, 0.9))))


def level(values: list[float], end: int, width: int) -> float:
    """Median (the upper one of an even count) of the last `width` values up to and with index `end`."""
    window = sorted(values[max(0, end - width + 1) : end + 1])
    return window[len(window) // 2]


def lowest_level(values: list[float], width: int) -> float:
    """The lowest `level` of that width over all ends."""
    window: list[float] = []
    lowest = math.inf
    for end, value in enumerate(values):
        insort(window, value)
        if end >= width:
            del window[bisect_left(window, values[end - width])]
        lowest = min(lowest, window[len(window) // 2])
    return lowest


def climb(values: list[float], onset: int, ramp: float, factor: float, rng: Random) -> list[float]:
    """From the onset on the level before it, raised to `factor` times over `ramp` rows.

    Nothing is learned any more, and the curve's own noise grows up to three times.
    """
    base, louder = level(values, onset, 20), rng.uniform(1, 3)
    tail = []
    for i in range(onset, len(values)):
        residual = values[i] - level(values, min(i + 2, len(values) - 1), 5)
        raised = base * (1 + (factor - 1) * min(1.0, (i - onset + 1) / ramp))
        tail.append(max(1e-6, raised + louder * residual))
    return values[:onset] + tail


def _from_onset(change: Change) -> Callable[[list[float], Random], tuple[list[float], int]]:
    def make(values: list[float], rng: Random) -> tuple[list[float], int]:
        onset = onset_in(len(values), rng)
        return change(values, onset, rng), onset

    return make


def _good(values: list[float], _: Random) -> tuple[list[float], int]:
    return list(values), 0


def _blip(values: list[float], onset: int, rng: Random) -> list[float]:
    end = min(len(values) - 1, onset + rng.randint(1, max(3, len(values) // 20)))
    return values[:onset] + [value * rng.uniform(1.3, 4) for value in values[onset:end]] + values[end:]


def _hump(values: list[float], _: int, rng: Random) -> list[float]:
    width, height = max(2, int(len(values) * 0.12)), rng.uniform(0.2, 0.6)
    raised = [value * (1 + height * math.sin(math.pi * i / width)) for i, value in enumerate(values[:width])]
    return raised + values[width:]


def _sawtooth(values: list[float], _: int, rng: Random) -> list[float]:
    period, height = rng.randint(5, 12), rng.uniform(0.05, 0.15)
    return [v * (1 + height * (2 * (i % period) / (period - 1) - 1)) for i, v in enumerate(values)]


def _step(values: list[float], onset: int, rng: Random) -> list[float]:
    factor = rng.uniform(1.05, 1.4)
    return values[:onset] + [value * factor for value in values[onset:]]


def _nan(values: list[float], onset: int, _: Random) -> list[float]:
    return values[:onset] + [math.nan] * (len(values) - onset)


def _fast(values: list[float], onset: int, rng: Random) -> list[float]:
    return climb(values, onset, max(1.0, len(values) * 0.05), rng.uniform(1.5, 4), rng)


def _slow(values: list[float], onset: int, rng: Random) -> list[float]:
    return climb(values, onset, max(1.0, len(values) * 0.4), rng.uniform(1.5, 4), rng)


def _mild(values: list[float], onset: int, rng: Random) -> list[float]:
    return climb(values, onset, max(1.0, len(values) * 0.2), rng.uniform(1.2, 1.45), rng)


def _freeze(values: list[float], onset: int, rng: Random) -> list[float]:
    base = level(values, onset, 20)
    pinned = next((chance for chance in CHANCE_LEVELS if chance >= 1.25 * base), 1.5 * base)
    return values[:onset] + [pinned * rng.uniform(0.999, 1.001) for _ in values[onset:]]


STANDARD_KINDS = (
    Kind("good", "harmless", _good, "nothing is changed"),
    Kind(
        "blip",
        "harmless",
        _from_onset(_blip),
        "1 row to 5 % of the run at 1.3 to 4 times the level, then back",
    ),
    Kind("hump", "harmless", _from_onset(_hump), "a warm-up hump of 1.2 to 1.6 times within the first 12 %"),
    Kind(
        "sawtooth", "harmless", _from_onset(_sawtooth), "5 to 15 % up and down with the data order, all along"
    ),
    Kind("step", "harmless", _from_onset(_step), "a step to 1.05 to 1.4 times, then falling on: harder data"),
    Kind("nan", "failure", _from_onset(_nan), "not a number from the onset on"),
    Kind(
        "fast",
        "failure",
        _from_onset(_fast),
        "a climb to 1.5 to 4 times within 5 % of the run, nothing learned",
    ),
    Kind("slow", "failure", _from_onset(_slow), "the same over 40 % of the run"),
    Kind("freeze", "failure", _from_onset(_freeze), "pinned at a chance level above what was reached"),
    Kind("mild", "warning", _from_onset(_mild), "a climb to 1.2 to 1.45 times over 20 % of the run"),
)
