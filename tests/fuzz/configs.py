"""Gives pre-flight configs that are nearly right, or nothing like it, and holds what must always hold.

`run` judges each against every base of the catalogue. What it finds is kept as a test beside it.
"""

import faulthandler
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from finetune_guard.core.acceptance import STANDINGS, may_be_accepted, standing_of
from finetune_guard.core.config import Reading, examine_config
from finetune_guard.core.datasets.records import Scan
from finetune_guard.core.hyperparameters.bases import judge_base
from finetune_guard.core.hyperparameters.catalogue import shipped
from finetune_guard.core.plans import TokenRange
from finetune_guard.core.refusals import Refusal
from finetune_guard.core.runs import Problem
from finetune_guard.core.wire import dumps
from finetune_guard.usecases.check_data import DataAnswer
from finetune_guard.usecases.checks import (
    SEVERITIES,
    check_setting,
    ordered,
    settled,
)
from tests.fuzz.config_documents import SECRET, document

TODAY = datetime(2026, 11, 28, tzinfo=UTC)
#: Seconds of the processor that one config may take, however busy the machine is. Where TOGETHER of them take
#: more than HANG by the clock, the place in the code is printed, and that is the end.
DEADLINE, HANG, TOGETHER = 1.0, 120.0, 100
#: The file descriptor, which outlives what pytest makes of sys.stderr.
STDERR = 2
#: Bytes by which the process may grow, whatever the number of configs.
GROWTH = 64 << 20
#: What may be told of a problem, in characters; a table item holds a hundred of them.
LONGEST = {"key": 200, "given": 200, "message": 1000, "suggestion": 1000, "source": 200}
ACCEPTABLE = tuple(code for code in STANDINGS if may_be_accepted(code))

#: Judges one config; True where nothing refuses it, an error where something does not hold.
Judge = Callable[[object, Random], bool]


@dataclass(slots=True)
class Tally:
    """What was seen so far.

    Attributes:
        count: Configs.
        sound: Those that nothing refused.
        slowest: Processor seconds of the slowest, and which it was.
        failures: What did not hold, with the number of the config.
    """

    count: int = 0
    sound: int = 0
    slowest: tuple[float, int] = (0.0, 0)
    failures: list[str] = field(default_factory=list)


def run(count: int, seed: int, judge: Judge | None = None) -> int:
    """Judges so many generated configs; prints what came of it, returns 1 where something did not hold.

    Args:
        count: How many.
        seed: Which ones; the same are the same.
        judge: In place of `examine`.
    """
    began, before = time.perf_counter(), _memory()
    tally = Tally()
    for number in range(count):
        if number % TOGETHER == 0:
            faulthandler.dump_traceback_later(HANG, exit=True, file=STDERR)
        _one(number, seed, judge or examine, tally)
        if len(tally.failures) >= 10:
            break
    faulthandler.cancel_dump_traceback_later()
    grown = _memory() - before
    if grown > GROWTH:
        tally.failures.append(f"the process grew by {grown >> 20} MiB")
    seconds, which = tally.slowest
    sys.stdout.write(
        f"configs: {tally.count} judged by {len(shipped())} bases in {time.perf_counter() - began:.0f} s, "
        f"{tally.sound} without an error, slowest {1000 * seconds:.0f} ms (number {which}), "
        f"memory {_memory() >> 20} MiB, grown by {grown >> 20} MiB, {len(tally.failures)} failures\n"
    )
    sys.stdout.writelines(f"  seed {seed}, {failure}\n" for failure in tally.failures)
    return 1 if tally.failures else 0


def generated(number: int, seed: int) -> object:
    """The config of that number; the same each time."""
    return document(_random(number, seed))


def _random(number: int, seed: int) -> Random:
    return Random(f"{seed}/{number}")


def _one(number: int, seed: int, judge: Judge, tally: Tally) -> None:
    given = generated(number, seed)
    began = time.process_time()
    try:
        tally.sound += judge(given, _random(number, seed))
    except Exception as exc:
        tally.failures.append(f"number {number}: {type(exc).__name__}: {str(exc)[:300]}")
    seconds = time.process_time() - began
    tally.count += 1
    tally.slowest = max(tally.slowest, (seconds, number))
    if seconds > DEADLINE:
        tally.failures.append(f"number {number}: took {seconds:.1f} s")


def examine(given: object, random: Random) -> bool:
    """Judges one config as pre-flight does; True where nothing refuses it.

    Raises:
        AssertionError: Something that must always hold did not.
    """
    reading = examine_config(given)
    assert reading.config is not None or reading.problems, "no config and no problem"
    assert dumps(reading.as_json())
    meant = judge_base(reading.base_model_id, TODAY, None, None)
    found, data = (*meant.problems, *reading.problems), _data(random)
    for base in shipped():
        _told(ordered((*found, *check_setting(reading, base, data, None))))
    told = settled((*found, *check_setting(reading, meant.base, data, None)), reading)
    _told(told)
    assert SECRET not in dumps(told), "what an unknown key held was shown"
    _overruled(reading, found, data)
    _round_trip(reading)
    return not any(problem.severity == "error" for problem in told)


def _told(problems: tuple[Problem, ...]) -> None:
    """Errors first, each with a sentence and a source, and short."""
    places = [SEVERITIES.index(problem.severity) for problem in problems]
    assert places == sorted(places), "not ordered by severity"
    for problem in problems:
        assert problem.code in STANDINGS, f"{problem.code} is not registered"
        assert problem.source, f"{problem.code} has no source"
        assert problem.message.endswith("."), f"{problem.code} is no sentence: {problem.message[-40:]!r}"
        long = any(len(getattr(problem, name)) > most for name, most in LONGEST.items())
        assert not long, f"{problem.code} is too long to be told"


def _overruled(reading: Reading, found: tuple[Problem, ...], data: DataAnswer) -> None:
    """Accepting everything leaves no refusal that may be overruled, and every other one as it was."""
    base = shipped()[0]
    problems = (*found, *check_setting(reading, base, data, None))
    accepting = Reading(None, (), {"accept": list(ACCEPTABLE)})
    left = [problem for problem in settled(problems, accepting) if problem.severity == "error"]
    assert not any(_may_be_overruled(problem) for problem in left)
    firm = [p for p in ordered(problems) if p.severity == "error" and not _may_be_overruled(p)]
    assert [p for p in left if p.code != "CF010"][: len(firm)] == firm[: len(left)], "a firm refusal changed"


def _may_be_overruled(problem: Problem) -> bool:
    standing = standing_of(problem)
    return standing is not None and standing.refusal is Refusal.OVERRULABLE


def _round_trip(reading: Reading) -> None:
    """What is kept of a config without an error reads as the same; NaN equals nothing, itself included."""
    kept = reading.as_json()
    if reading.config is None or any(problem.severity == "error" for problem in reading.problems):
        return
    again = examine_config(kept)
    assert again.as_json() == kept, "what is kept of a config is not kept again"
    if not any(word in kept for word in ('"NaN"', '"Infinity"', '"-Infinity"')):
        assert again.config == reading.config, "a config without an error does not round-trip"


def _data(random: Random) -> DataAnswer:
    """What a scan may have found, or nothing."""
    if random.random() < 0.4:
        return DataAnswer()
    validation = _scan(random) if random.random() < 0.5 else None
    return DataAnswer(_scan(random), validation, given=validation is not None)


def _scan(random: Random) -> Scan:
    records = random.choice([0, 7, 8, 99, 100, 500, 1000, 5000, 10_000, 10_001, 10**9])
    longest = TokenRange(random.choice([0, 2048, 2049]), random.choice([2048, 2049, 10**9]))
    return Scan(records, records, "0" * 64, TokenRange(records, 2 * records), longest, ())


def _memory() -> int:
    """The most that this process has held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
