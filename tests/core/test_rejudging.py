import math
from dataclasses import replace

import pytest

from finetune_guard.core.detectors.base import Rule
from finetune_guard.core.detectors.registry import DETECTORS, RULES
from finetune_guard.core.findings import Severity, Signal
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.judging import judge, judge_rehearsal
from finetune_guard.core.rejudging import as_judged, differences, other_rules
from finetune_guard.core.verdict import Evidence
from finetune_guard.core.wire import dumps, loads
from tests.builders import START, completed, finding, running
from tests.core.detectors.curves import PACK, curve, falling


def test_a_judgement_with_nan_is_the_same_as_itself_after_it_was_stored() -> None:
    seen = finding(Signal.NON_FINITE, observed=math.nan, threshold=3)
    job = completed(findings=(seen,))
    stored = loads(dumps(job), type(job))
    assert stored.findings != job.findings
    assert differences(stored, job) == ()


def test_findings_on_the_job_weigh_nothing() -> None:
    stalled = finding(Signal.PHASE_STALL, Severity.WARNING, first_step=None)
    assert differences(completed(findings=(stalled,)), completed()) == ()


@pytest.mark.parametrize(
    ("ended_at", "status"), [(None, JobStatus.IN_PROGRESS), (START, JobStatus.COMPLETED)]
)
def test_a_lost_job_was_judged_as_what_it_was_before(ended_at: object, status: JobStatus) -> None:
    lost = running(status=JobStatus.LOST, ended_at=ended_at)
    assert as_judged(lost).status is status


def test_any_other_job_was_judged_as_it_is_recorded() -> None:
    assert as_judged(completed()) == completed()


def test_rules_of_another_version_are_named_once() -> None:
    old = finding(Signal.DIVERGENCE, detector_version="0")
    job = completed(findings=(old, finding(Signal.COLLAPSE), replace(old, severity=Severity.WARNING)))
    assert other_rules(job, RULES) == (Rule(Signal.DIVERGENCE, "0"),)


def test_a_record_without_findings_does_not_say_by_which_rules_it_was_judged() -> None:
    assert other_rules(completed(), ()) == ()


def test_every_detector_has_its_rule_among_the_rules() -> None:
    assert {rule.signal for rule in RULES} == {*DETECTORS, Signal.COULD_NOT_JUDGE}
    assert len(set(RULES)) == len(RULES)


@pytest.mark.parametrize("losses", [[3.0] * 40, [*falling(30), *[9.0] * 30], [*falling(30), math.nan]])
def test_findings_are_signed_by_one_of_the_rules(losses: list[float]) -> None:
    verdicts = (
        judge(curve(losses), PACK, Evidence.CURVE_AT_COMPLETION),
        judge_rehearsal(curve(losses), PACK, Evidence.CURVE_AT_COMPLETION).verdict,
    )
    signed = {Rule(one.signal, one.detector_version) for verdict in verdicts for one in verdict.findings}
    assert signed
    assert signed <= set(RULES)
