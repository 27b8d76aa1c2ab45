from dataclasses import replace

import pytest

from finetune_guard.core.findings import Severity
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.onset import onset
from tests.builders import completed, finding


def broken(at: int | None, **changes: object) -> JobRecord:
    return replace(completed(), findings=(finding(first_step=at),), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("step", "share"), [(1, 0.01), (60, 0.6), (100, 1.0), (250, 1.0)])
def test_a_completed_job_is_measured_by_its_last_step(step: int, share: float) -> None:
    assert onset(broken(step)) == pytest.approx(share)


def test_a_stopped_job_is_measured_by_its_plan() -> None:
    job = broken(40, status=JobStatus.STOPPED)
    longer = replace(job, orders=replace(job.orders, planned_steps=400))
    assert onset(longer) == pytest.approx(0.1)
    unplanned = replace(job, orders=replace(job.orders, planned_steps=None))
    assert onset(unplanned) == pytest.approx(0.4)


def test_a_later_segment_is_measured_from_its_border() -> None:
    job = broken(160)
    assert onset(replace(job, seen=replace(job.seen, border=150))) == pytest.approx(0.1)


def test_without_a_fault_that_may_stop_there_is_no_onset() -> None:
    assert onset(completed()) is None
    assert onset(broken(None)) is None
    warned = replace(completed(), findings=(finding(severity=Severity.WARNING),))
    assert onset(warned) is None
