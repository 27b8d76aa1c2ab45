"""The page of a run: its one curve over all segments, and the candidates of its rehearsal over each other."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from finetune_guard.cli.page_assembly import assembled, write
from finetune_guard.cli.page_shapes import Border, Other, Page, PageCurve, drawn
from finetune_guard.cli.printable import printable, printable_lines
from finetune_guard.cli.story import headline
from finetune_guard.core.deciding import chosen_of
from finetune_guard.core.end_mail import left_words, money_words
from finetune_guard.core.findings import Finding
from finetune_guard.core.job_words import job_words
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.metrics.series import MetricSeries
from finetune_guard.core.reporting import Result, result_of
from finetune_guard.core.run_curve import Logs, Stretch, curve_of_run, rehearsals
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import VerdictKind


def write_run_page(path: Path, run: Run, logs: Logs) -> None:
    """Writes the page, over an older one if there is one.

    Args:
        path: Where to.
        run: With all its jobs.
        logs: Its metrics logs.

    Raises:
        InvalidInputError: The file cannot be written.
    """
    write(path, page_of_run(run, logs))


def page_of_run(run: Run, logs: Logs) -> str:
    """The page as text; the arguments are those of write_run_page."""
    curves = list(_curves(run, logs))
    page = Page(
        about=_about(run, result_of(run)),
        labelled=False,
        compared=False,
        several=False,
        bordered=any(curve.borders for curve in curves),
        curves=curves,
    )
    return assembled(f"Run {printable(run.run_id)}", page)


def _about(run: Run, result: Result) -> str:
    parts = (
        headline(run, result),
        f"Decision: {result.decision}. {result.sentence}" if result.decision else "",
        f"Money: {money_words(result.cost)}" if run.jobs else "",
        left_words(run, result.left),
    )
    return printable_lines("\n".join(part for part in parts if part))


def _curves(run: Run, logs: Logs) -> Iterator[PageCurve]:
    whole = curve_of_run(run, logs)
    if whole:
        yield _whole(run, whole)
    candidates = rehearsals(run, logs)
    if candidates:
        yield _rehearsal(run, candidates)


def _whole(run: Run, stretches: Sequence[Stretch]) -> PageCurve:
    """The full run; its verdict is that of its last job, which was judged on the whole curve."""
    last = stretches[-1]
    borders = [Border(each.border + 1, str(each.job.key.segment)) for each in stretches[1:]]
    curve = _curve("The full run", last.job, stretches, _told_once(each.job for each in stretches))
    return replace(curve, borders=borders, name="")


def _told_once(jobs: Iterator[JobRecord]) -> tuple[Finding, ...]:
    """A later segment is judged on the whole curve, so that it finds again what an earlier one showed."""
    found: dict[tuple[str, str, int | None], Finding] = {}
    for job in jobs:
        for finding in job.findings:
            found[(finding.signal, finding.severity, finding.first_step)] = finding
    return tuple(sorted(found.values(), key=lambda finding: finding.detected_step or 0))


def _rehearsal(run: Run, candidates: Sequence[Stretch]) -> PageCurve:
    """The candidate that was chosen, else the last, with the others drawn over it."""
    chosen = chosen_of(run, run.plan) if run.plan else None
    key = chosen.tried.job.key if chosen else candidates[-1].job.key
    first = next(each for each in candidates if each.job.key == key)
    others = [each for each in candidates if each is not first and each.training]
    curve = _curve("The rehearsal", first.job, (first,), first.job.findings)
    name = job_words(run, first.job) if others else ""
    named = [Other(job_words(run, each.job), drawn(_training((each,)))) for each in others]
    return replace(curve, name=name, others=named)


def _curve(id: str, job: JobRecord, stretches: Sequence[Stretch], found: tuple[Finding, ...]) -> PageCurve:
    training = _training(stretches)
    stopped = job.status is JobStatus.STOPPED and len(training)
    return PageCurve(
        id=id,
        rows=len(training),
        verdict=job.verdict or VerdictKind.INCONCLUSIVE,
        reason=printable(job.verdict_reason or "It is not judged yet."),
        stop_step=int(training.step[-1]) if stopped else None,
        findings=found,
        training=drawn(training),
        validation=drawn(_validation(stretches)),
    )


def _training(stretches: Sequence[Stretch]) -> MetricSeries:
    return _series([(each.border + step, loss) for each in stretches for step, loss in each.training])


def _validation(stretches: Sequence[Stretch]) -> MetricSeries:
    return _series([(each.border + step, loss) for each in stretches for step, loss in each.validation])


def _series(rows: Sequence[tuple[int, float]]) -> MetricSeries:
    return MetricSeries(
        step=np.array([step for step, _ in rows], dtype=np.int64),
        epoch=np.full(len(rows), np.nan),
        loss=np.array([loss for _, loss in rows], dtype=np.float64),
    )
