"""What ran, as a story tells it: the rehearsal, the probe, the full run with its one curve."""

import math
from collections.abc import Iterator

from finetune_guard.cli import phrases
from finetune_guard.cli.picture import LABEL, Part, picture
from finetune_guard.cli.sparkline import sparkline
from finetune_guard.cli.story_lines import INDENT, AsIs, Line
from finetune_guard.core.deciding import chosen_of
from finetune_guard.core.job_words import job_words, rate_words
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.plans import LearningRate, Plan, Stage
from finetune_guard.core.run_curve import Logs, Stretch, curve_of_run, rehearsals
from finetune_guard.core.runs import Run
from finetune_guard.core.sweeping import Tried, tried

#: A picture wider than this shows no more.
WIDEST_PICTURE = 100
#: Columns of a candidate's small curve, and the narrowest that still shows something.
SMALL_CURVE, SMALLEST_CURVE = 30, 8
#: Columns of rate, loss and verdict in the table of a sweep.
COLUMNS = (10, 10, 13)


def rehearsal(run: Run, logs: Logs, width: int) -> Iterator[Line]:
    """Each candidate; of a sweep first all of them in a table."""
    plan = run.plan
    if plan and plan.sweep and plan.learning_rate and run.of(Stage.REHEARSAL):
        yield from _sweep(run, plan, plan.learning_rate, logs, width)
    for stretch in rehearsals(run, logs):
        curve = (
            sparkline(stretch.losses, min(_room(width), WIDEST_PICTURE)) if not (plan and plan.sweep) else ""
        )
        yield from _job(run, stretch.job, curve)


def probe(run: Run) -> Iterator[Line]:
    """Whether a custom model of this base can be trained further."""
    for job in run.of(Stage.PROBE):
        yield from _job(run, job)


def full_run(run: Run, logs: Logs, width: int) -> Iterator[Line]:
    """The one curve over all segments, then every job."""
    stretches = curve_of_run(run, logs)
    names = _short_names(stretches)
    parts = [Part(name, stretch.losses) for name, stretch in zip(names, stretches, strict=True)]
    drawn = picture(parts, min(_room(width), WIDEST_PICTURE))
    if drawn:
        yield AsIs("\n".join(drawn))
    if len(stretches) > 1:
        yield _borders(stretches)
    for job in run.of(Stage.FULL):
        yield from _job(run, job)


def _room(width: int) -> int:
    return max(LABEL + SMALLEST_CURVE, width - len(INDENT))


def _short_names(stretches: tuple[Stretch, ...]) -> list[str]:
    """The segments' numbers, the rehearsal's name where it is the first of them; none for a single job."""
    if len(stretches) < 2:
        return ["" for _ in stretches]
    return [str(stretch.job.key.segment or "rehearsal") for stretch in stretches]


def _borders(stretches: tuple[Stretch, ...]) -> str:
    parts = []
    for stretch in stretches:
        validation = stretch.job.seen.last_validation
        loss = f" (validation loss {phrases.loss(validation)})" if validation is not None else ""
        parts.append(f"{stretch.job.key.words} from step {stretch.border + 1}{loss}")
    return f"one curve over all segments: {', '.join(parts)}"


def _sweep(run: Run, plan: Plan, rate: LearningRate, logs: Logs, width: int) -> Iterator[Line]:
    seen = tried(run.standing(Stage.REHEARSAL), rate.key, rate.value)
    if not seen:
        return
    chosen = chosen_of(run, plan)
    measure = "validation" if seen[0].by_validation else "training"
    curves = {stretch.job.key: stretch.losses for stretch in rehearsals(run, logs)}
    room = min(SMALL_CURVE, width - len(INDENT) - sum(COLUMNS) - len("  chosen"))
    rows = [_row("rate", "loss", "verdict", "its curve, on its own scale" if room >= SMALLEST_CURVE else "")]
    for one in sorted(seen, key=lambda one: one.rate):
        curve = sparkline(curves.get(one.job.key, ()), room) if room >= SMALLEST_CURVE else ""
        mark = "  chosen" if chosen and one.job.key == chosen.tried.job.key else ""
        rows.append(_row(f"{one.rate:f}", _loss(one), one.why or f"{one.job.verdict}", curve + mark))
    yield f"a sweep of {rate.key}, compared by {measure} loss:"
    yield AsIs("\n".join(rows))


def _row(rate: str, loss: str, verdict: str, curve: str) -> str:
    cells = (f"{cell:<{size}}" for cell, size in zip((rate, loss, verdict), COLUMNS, strict=True))
    return ("".join(cells) + curve).rstrip()


def _loss(one: Tried) -> str:
    value = one.job.seen.last_validation if one.by_validation else one.job.seen.training_level
    return "–" if value is None or math.isnan(value) else phrases.loss(value)


def _job(run: Run, job: JobRecord, curve: str = "") -> Iterator[Line]:
    kept = ", ITS MODEL IS KEPT" if run.kept == job.key.short else ""
    yield f"{job_words(run, job)}: {phrases.phase(job)}, {phrases.verdict(job)}{_curve(run, job)}{kept}"
    if curve:
        yield AsIs(curve)
    if job.request.start_from:
        yield f" It started from {job.request.start_from}"
    if job.verdict_reason:
        yield f" {job.verdict_reason}"
    yield from _found(job)
    yield from _stops(job)
    if job.failure:
        yield f" Bedrock's own message: {job.failure}"
    yield f" {job.arn or job.request.job_name}"


def _curve(run: Run, job: JobRecord) -> str:
    rate = run.plan.learning_rate if run.plan else None
    at = f", {rate.key} {rate_words(run, job)}" if rate else ""
    if not job.seen.rows:
        return at
    losses = f"loss {phrases.loss(job.seen.first_loss)} → {phrases.loss(job.seen.last_loss)}"
    validation = job.seen.last_validation
    evaluated = f", validation {phrases.loss(validation)}" if validation is not None else ""
    return f", {phrases.steps(job)}, {losses}{evaluated}{at}"


def _found(job: JobRecord) -> Iterator[str]:
    for finding in job.findings:
        yield f" {phrases.finding_line(finding)}"
        yield f"  {finding.advice}"
    more = job.findings_total - len(job.findings)
    if more > 0:
        yield f" and {more} more findings, which the metrics log has"


_RIGHT = {
    True: " Rightly: its curve had diverged at its end.",
    False: " Wrongly: its curve had not diverged at its end.",
    None: "",
}


def _stops(job: JobRecord) -> Iterator[str]:
    if job.shadow_stop:
        yield f" WOULD HAVE STOPPED it, had auto_stop been on: {job.shadow_stop}{_RIGHT[job.shadow_right]}"
    if job.held:
        yield f" NOT STOPPED, breaker, {phrases.moment(job.held.since)}: {phrases.held(job.held)}"
    stop = job.stop
    if stop:
        confirmed = (
            f"confirmed {phrases.moment(stop.confirmed_at)} as {stop.outcome}"
            if stop.confirmed_at
            else "not confirmed by Bedrock yet"
        )
        yield f" Stop ordered {phrases.moment(stop.decided_at)} ({stop.reason}), {confirmed}: {stop.sentence}"
