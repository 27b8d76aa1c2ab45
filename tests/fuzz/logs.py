"""Gives the reader of training logs in JSON what nobody should write, and holds what must always hold."""

from functools import partial
from random import Random

from finetune_guard.core.metrics.runs import read_curve
from tests.fuzz.holding import Document, a_series, as_meant, judged, value_or_error
from tests.fuzz.log_documents import EVALUATION, document, large
from tests.fuzz.reading import JUDGED, LARGEST, Reader, read_all


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
        as_meant(curve.validation, [EVALUATION])
    if random.random() < 1 / JUDGED:
        judged(given.data)


def _examine_large(random: Random, size: int) -> None:
    data = large(random, size)
    value_or_error(lambda: read_curve("log", data))


#: The process may grow by many times a large one: parsed JSON takes many times its size.
READER = Reader("JSON logs", 40 * LARGEST[1], document, examine, _examine_large)
run = partial(read_all, READER)
