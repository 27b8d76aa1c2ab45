from dataclasses import replace

import pytest

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.decisions import Decision, DecisionKind, Reply, RunStatus
from finetune_guard.core.errors import NewerRecordError, UnreadableRecordError
from finetune_guard.core.jobs import JobStatus, StopReason
from finetune_guard.core.metrics_log import EventLine, event_lines, read_event_lines
from finetune_guard.core.moves import Asked
from finetune_guard.core.observations import StoredFile
from finetune_guard.core.plans import Stage
from finetune_guard.core.rebuilding import (
    as_kept,
    first_version,
    kept_run,
    present_files,
    presumed,
    reopened,
    reported,
    sighting,
    with_events,
)
from finetune_guard.core.reporting import report_of
from finetune_guard.core.runs import Wait
from finetune_guard.core.wire import dumps
from tests import builders
from tests.builders import START, completed, finding, later, run, running
from tests.contracts.records import alert

ENDED = run(
    status=RunStatus.COMPLETED,
    jobs=(completed(), completed(stage=Stage.FULL, throw_away=False)),
    kept="full-0-0",
    report_uri="s3://guard-bucket/runs/r/report.json",
)


def file(name: str, version: str, minutes: int) -> StoredFile:
    return StoredFile(f"journal/a-job/{version}-{name}", "etag", 10, later(minutes=minutes))


TRAINING, MANIFEST = "step_wise_training_metrics.csv", "manifest.report.csv"
#: As the journal lists them: the training file grew twice, and there are two manifests.
KEPT = (
    file(TRAINING, "aaa", 1),
    file(TRAINING, "bbb", 2),
    file(MANIFEST, "ccc", 3),
    file(MANIFEST, "ddd", 3),
    file(TRAINING, "eee", 4),
)


def test_a_run_is_kept_without_its_jobs_and_without_the_token_that_it_waits_on() -> None:
    waiting = run(version=7, wait=Wait(3, "the-secret-token", START), jobs=(running(),))
    assert "secret" not in as_kept(waiting)
    assert kept_run(as_kept(waiting).encode(), waiting.run_id) == run()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b'{"run_id": 1}'])
def test_a_kept_run_that_is_damaged_is_named_by_its_place(data: bytes) -> None:
    with pytest.raises(UnreadableRecordError, match=r"runs/r-1/run\.json"):
        kept_run(data, "r-1")


def test_a_report_tells_the_end_its_jobs_and_which_model_was_kept() -> None:
    told = reported(run(), dumps(report_of(ENDED)).encode())
    assert (told.status, told.kept, told.report_uri) == (ENDED.status, "full-0-0", ENDED.report_uri)
    assert told.jobs == ENDED.jobs


def test_of_an_execution_before_this_one_the_jobs_are_taken_and_not_the_end() -> None:
    taken_up = run(execution_arn="arn:aws:states:us-west-2:123456789012:execution:M:two", attempt=1)
    told = reported(taken_up, dumps(report_of(ENDED)).encode())
    assert (told.status, told.jobs) == (RunStatus.RUNNING, ENDED.jobs)


@pytest.mark.parametrize("data", [b"{}", b"", b"{", b"[1]"])
def test_a_report_whose_writing_was_cut_short_says_nothing(data: bytes) -> None:
    assert reported(run(), data) == run()


def test_a_report_with_jobs_of_a_newer_release_is_refused() -> None:
    newer = dumps(report_of(replace(ENDED, jobs=(replace(completed(), schema_version=99),)))).encode()
    with pytest.raises(NewerRecordError, match=r"report\.json"):
        reported(run(), newer)


def test_the_newest_version_of_a_file_counts_and_every_manifest() -> None:
    assert [f.key[14:17] for f in present_files(KEPT)] == ["eee", "ccc", "ddd"]


def test_a_file_that_came_whole_has_no_earlier_version() -> None:
    first = first_version(KEPT)
    assert first is not None
    assert first.key.endswith(f"aaa-{TRAINING}")
    assert first_version(KEPT[4:]) is None
    assert first_version(()) is None


def test_a_sighting_leads_a_replay_to_the_kept_version() -> None:
    seen = sighting(KEPT[0], JobStatus.COMPLETED)
    assert (seen.key, seen.etag) == (TRAINING, "aaa")


def event(kind: AlertKind, **changes: object) -> EventLine:
    return replace(EventLine(later(minutes=9), kind, finding()), **changes)  # type: ignore[arg-type]


def test_what_was_told_is_read_back_as_it_was_logged() -> None:
    told = alert(kind=AlertKind.STOPPING, created_at=later(minutes=9))
    assert read_event_lines(event_lines([told]).encode()) == (event(AlertKind.STOPPING),)


def test_a_stop_for_a_finding_is_known_again_with_its_reason_and_its_end() -> None:
    stopped = running(status=JobStatus.STOPPED, ended_at=later(hours=1))
    stop = with_events(stopped, [event(AlertKind.STOPPING)]).stop
    assert stop is not None
    assert (stop.reason, stop.sentence, stop.decided_at) == (
        StopReason.FINDING,
        finding().sentence,
        later(minutes=9),
    )
    assert (stop.confirmed_at, stop.outcome) == (later(hours=1), "Stopped")


def test_a_stop_without_a_finding_was_for_max_hours_and_of_a_running_job_it_is_not_confirmed() -> None:
    stop = with_events(running(), [event(AlertKind.STOPPING, finding=None)]).stop
    assert stop is not None
    assert (stop.reason, stop.confirmed_at, stop.outcome) == (StopReason.MAX_HOURS, None, "")
    assert "max_hours" in stop.sentence


def test_a_stop_that_the_shadow_would_have_made_is_no_order() -> None:
    job = with_events(running(), [event(AlertKind.WOULD_HAVE_STOPPED), event(AlertKind.FINDING)])
    assert (job.shadow_stop, job.stop) == (finding().sentence, None)


def test_an_answer_is_presumed_in_the_place_of_the_question() -> None:
    decision = Decision(DecisionKind.ASK, "rehearsal.inconclusive.ask", "Go on?")
    asked = Asked("rehearsal-0-0", decision, 24, Reply.REFUSE)
    once = presumed(run(), asked, Reply.PROCEED, START)
    (question,) = presumed(once, asked, Reply.PROCEED, START).questions
    assert (question.reply, question.default) == (Reply.PROCEED, Reply.REFUSE)


def test_a_job_that_is_opened_again_keeps_what_bedrock_said_and_what_was_ordered() -> None:
    job = with_events(completed(findings=(finding(),)), [event(AlertKind.STOPPING)])
    again = reopened(job)
    assert (again.closed, again.verdict, again.findings, again.seen.rows) == (False, None, (), 0)
    assert (again.status, again.model_arn, again.stop) == (job.status, job.model_arn, job.stop)
    assert builders.intent().request == again.request
