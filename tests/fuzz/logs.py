"""Gives the reader of training logs in JSON what nobody should write, and holds what must always hold."""

from collections.abc import Callable
from functools import partial
from random import Random

from finetune_guard.core.metrics.runs import read_curve
from tests.fuzz.holding import Document, a_series, as_meant, judged, value_or_error
from tests.fuzz.log_documents import document, large
from tests.fuzz.reading import JUDGED, LARGE, Reader, read_all

#: Sizes of a large one by which the process may grow: parsed JSON takes many times its size.
GROWTH = 40

Check = Callable[[Document, Random], None]


def run(count: int, seed: int, check: Check | None = None, every_large: int = LARGE) -> int:
    """Reads so many generated files; `check` in place of `examine`."""
    one = partial(_examine_one, check or examine)
    return read_all(Reader("JSON logs", GROWTH, one, _examine_large), count, seed, every_large)


def _examine_one(check: Check, random: Random) -> None:
    check(document(random), random)


def examine(given: Document, random: Random) -> None:
    """Reads one log.

    Raises:
        AssertionError: Something that must always hold did not.
    """
    curve = value_or_error(lambda: read_curve("log", given.data))
    if curve is not None:
        a_series(curve.training)
        a_series(curve.validation)
        assert curve.planned_steps is None or curve.planned_steps > 0
    if given.meant is not None:
        assert curve is not None, "a sound log is refused"
        as_meant(curve.training, given.meant)
    if random.random() < 1 / JUDGED:
        judged(given.data)


def _examine_large(random: Random, size: int) -> None:
    data = large(random, size)
    value_or_error(lambda: read_curve("log", data))
