"""Judges the metric files of a job. Loads numpy, so it is imported when there is a file to read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from finetune_guard.core.curve_seen import TAIL_POINTS, CurveSeen
from finetune_guard.core.job_judgements import CurveJudged
from finetune_guard.core.jobs import JobRecord, RecordCounts
from finetune_guard.core.journal_keys import log_key
from finetune_guard.core.judging import judge as judge_whole
from finetune_guard.core.judging import judge_rehearsal
from finetune_guard.core.metrics.bedrock_csv import Schema, read_training, read_validation
from finetune_guard.core.metrics.chaining import chain, curve_of, last_step
from finetune_guard.core.metrics.files import add_counts, find_metric_files, read_manifest
from finetune_guard.core.metrics.joining import join
from finetune_guard.core.metrics.series import Curve, MetricSeries
from finetune_guard.core.metrics_log import MetricLine, metric_lines, read_metric_lines
from finetune_guard.core.replaying import stop_step
from finetune_guard.core.verdict import Evidence, Verdict, VerdictKind
from finetune_guard.usecases.judge import Judgement, MetricFile, pack_of


@dataclass(frozen=True, slots=True)
class ReadJob:
    """What is judged of a job.

    Attributes:
        curve: What is judged: its curve with the planned steps of its orders, or where it is a later segment
            the curve of the run up to its end.
        own: Its own curve.
        border: Steps of the segments before.
        remarks: What was odd about the training file, a sentence each.
        known: Whether its columns are known.
    """

    curve: Curve
    own: Curve
    border: int
    remarks: tuple[str, ...]
    known: bool


def judge(job: JobRecord, files: tuple[MetricFile, ...]) -> Judgement:
    """What a job's files show, judged as a rehearsal's or a full run's curve, as the job is."""
    data = {file.key: file.data for file in files}
    counts = _counts(tuple(data[key] for key in find_metric_files(data).manifests))
    read = read_job(job, files)
    if read is None:
        return Judgement(None, counts, "")
    judged = _judged(job, read.curve, read.remarks, read.known)
    seen = replace(seen_in(read.own), border=read.border)
    return Judgement(replace(judged, seen=seen), counts, metric_lines(_lines(read.own)))


def read_job(job: JobRecord, files: tuple[MetricFile, ...]) -> ReadJob | None:
    """What is judged of a job's files; None where there is no training file."""
    data = {file.key: file.data for file in files}
    found = find_metric_files(data)
    if not found.training:
        return None
    read = read_training(data[found.training[0]], complete=job.terminal)
    validation = MetricSeries.empty()
    if found.validation:
        validation = read_validation(data[found.validation[0]], complete=job.terminal).series
    own = join(read.series, validation, job.orders.planned_steps)
    logs = [data[key] for key in map(log_key, job.orders.before) if key in data]
    before = [curve_of(read_metric_lines(log)) for log in logs]
    whole = chain([*before, own], job.orders.run_steps) if before else own
    border = sum(map(last_step, before))
    return ReadJob(whole, own, border, read.remarks(), known=read.schema is not Schema.UNKNOWN)


def _counts(manifests: tuple[bytes, ...]) -> RecordCounts | None:
    read = [manifest.counts for manifest in map(read_manifest, manifests) if manifest.counts]
    return add_counts(read) if read else None


def _judged(job: JobRecord, curve: Curve, remarks: tuple[str, ...], known: bool) -> CurveJudged:
    pack = pack_of(job)
    evidence = Evidence.CURVE_AT_COMPLETION if job.terminal else Evidence.LIVE_CURVE
    too_hot = False
    if job.rehearsal and job.terminal:
        rehearsal = judge_rehearsal(curve, pack, evidence)
        verdict, too_hot = rehearsal.verdict, rehearsal.too_hot
    else:
        verdict = judge_whole(curve, pack, evidence)
    verdict = _with_remarks(verdict, remarks, known)
    would_stop = stop_step(curve, pack) if job.terminal and known else None
    return CurveJudged(verdict.kind, verdict.reason, too_hot, verdict.findings, seen_in(curve), would_stop)


def _with_remarks(verdict: Verdict, remarks: tuple[str, ...], known: bool) -> Verdict:
    """The verdict with what was odd about the file; columns that nobody knows are never healthy."""
    kind = verdict.kind if known else VerdictKind.INCONCLUSIVE
    return replace(verdict, kind=kind, reason=" ".join((verdict.reason, *remarks)))


def seen_in(curve: Curve) -> CurveSeen:
    """What a curve showed, in a few numbers."""
    training, validation = curve.training, curve.validation
    if not len(training):
        return CurveSeen()
    return CurveSeen(
        rows=len(training),
        last_step=int(training.step[-1]),
        first_loss=float(training.loss[0]),
        last_loss=float(training.loss[-1]),
        last_validation=float(validation.loss[-1]) if len(validation) else None,
        training_level=_training_level(training),
        tail=tuple(float(loss) for loss in training.loss[-TAIL_POINTS:]),
        steps_per_epoch=_steps_per_epoch(training),
    )


def _training_level(training: MetricSeries) -> float | None:
    """Mean of the last fifth of the rows; None where one of them is not finite."""
    tail = training.loss[-max(1, len(training) // 5) :]
    return float(np.mean(tail)) if np.all(np.isfinite(tail)) else None


def _steps_per_epoch(training: MetricSeries) -> int | None:
    """Rows of the first epoch, when a second one shows that it is complete, or one epoch is all there is."""
    epochs = training.epoch[np.isfinite(training.epoch)]
    if not len(epochs):
        return None
    return int(np.count_nonzero(epochs == epochs[0]))


def _lines(curve: Curve) -> Iterator[MetricLine]:
    for name, series in (("training_loss", curve.training), ("validation_loss", curve.validation)):
        for step, epoch, loss in zip(series.step, series.epoch, series.loss, strict=True):
            yield MetricLine(int(step), float(epoch) if np.isfinite(epoch) else None, name, float(loss))
