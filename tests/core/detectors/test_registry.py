"""Every signal has a detector, thresholds and a place in the documentation."""

import re
from pathlib import Path

import numpy as np
import pytest

from finetune_guard.core.detectors import jobs
from finetune_guard.core.detectors.base import Trace
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.detectors.registry import DETECTORS, traces
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.thresholds import ThresholdPack, limits
from tests.core.detectors.curves import PACK, curve, falling

PAGE = Path("docs/signals.md")
OF_JOBS = {Signal.PHASE_STALL, Signal.NO_PROGRESS, Signal.REJECTED_RECORDS}


def test_every_signal_has_a_detector() -> None:
    assert set(DETECTORS) | OF_JOBS | {Signal.COULD_NOT_JUDGE} == set(Signal)
    assert all(callable(getattr(jobs, signal.value)) for signal in OF_JOBS)


@pytest.mark.parametrize("signal", sorted(set(Signal) - {Signal.COULD_NOT_JUDGE}))
def test_every_signal_has_thresholds_and_a_severity(signal: Signal) -> None:
    assert isinstance(PACK.rule(signal).severity, Severity)


@pytest.mark.parametrize("signal", sorted(Signal))
def test_every_signal_has_a_section_in_the_documentation(signal: Signal) -> None:
    assert re.search(rf"^#+ .*`{signal.value}`", PAGE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("key", [key for key, _, _ in limits()])
def test_the_documentation_has_each_threshold_with_its_default_and_range(key: str) -> None:
    default, limit = next((default, limit) for name, default, limit in limits() if name == key)

    assert (
        f"| `{key}` | {default:g} | {limit.low:g} to {limit.high:g} | {limit.meaning} |" in PAGE.read_text()
    )


@pytest.mark.parametrize("signal", sorted(DETECTORS))
def test_every_detector_has_a_file_and_a_test_of_its_own(signal: Signal) -> None:
    assert DETECTORS[signal].__module__ == f"finetune_guard.core.detectors.{signal.value}"
    assert Path(f"tests/core/detectors/test_{signal.value}.py").is_file()


@pytest.mark.parametrize("signal", sorted(DETECTORS))
@pytest.mark.parametrize("says", ["fires|warned_of", "quiet|no_finding", "too_short|too_few"])
def test_every_detector_has_tests_that_say_when_it_speaks_when_not_and_when_too_soon(
    signal: Signal, says: str
) -> None:
    tests = Path(f"tests/core/detectors/test_{signal.value}.py").read_text()

    assert re.search(rf"^def test_\w*({says})", tests, re.MULTILINE)


@pytest.mark.parametrize(
    "case",
    ["empty", "one_point", "healthy", "constant", "nan", "infinite", "jump", "repeat", "million", "future"],
)
def test_the_tests_of_every_detector_have_each_awkward_case(case: str) -> None:
    tests = Path("tests/core/detectors/test_every_detector.py").read_text()

    assert re.search(rf"^def test_\w*{case}", tests, re.MULTILINE)


def test_a_detector_that_raises_becomes_a_warning_and_hides_nothing() -> None:
    def broken(features: Features, pack: ThresholdPack) -> Trace:
        raise ZeroDivisionError("private text")

    detectors = {Signal.LOSS_SPIKE: broken, Signal.NON_FINITE: DETECTORS[Signal.NON_FINITE]}
    losses = np.append(falling(30), np.nan)

    spike, non_finite = traces(curve(losses), PACK, detectors)

    answer = spike.last()
    assert isinstance(answer, Finding)
    assert answer.signal is Signal.COULD_NOT_JUDGE
    assert answer.severity is Severity.WARNING
    assert not answer.may_stop
    assert "loss_spike" in answer.sentence
    assert "ZeroDivisionError" in answer.sentence
    assert "private text" not in answer.sentence
    assert isinstance(non_finite.last(), Finding)
