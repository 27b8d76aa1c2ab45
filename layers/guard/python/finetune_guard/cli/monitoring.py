"""What `monitor` does: a thread looks, this one shows, the last line says what the job came to."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from rich.console import RenderableType
from rich.text import Text

from finetune_guard.cli import phrases
from finetune_guard.cli.background import Background
from finetune_guard.cli.changes import ChangeLines, Facts
from finetune_guard.cli.display import job_panel
from finetune_guard.cli.following import redrawn
from finetune_guard.cli.log_folder import DiskLogFolder
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.findings import Finding
from finetune_guard.core.jobs import JobRecord, JobStatus, StopOrder
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.core.wire import JsonValue, plain
from finetune_guard.usecases.monitor_job import MonitorTools, Observation, monitor


@dataclass(frozen=True, slots=True)
class Watching:
    """What a person asked to be watched."""

    job_id: str
    auto_stop: bool
    interval: float
    log_dir: Path


class ObservationLine(TypedDict):
    """One JSON line of `monitor --json`; the last has final true, and always a verdict."""

    schema_version: int
    at: str
    job_arn: str | None
    job_name: str
    status: str
    phase: str
    rows: int
    step: int | None
    loss: JsonValue
    validation_loss: JsonValue
    evidence: str
    verdict: str | None
    reason: str
    findings: tuple[Finding, ...]
    would_have_stopped: str
    stop: StopOrder | None
    unreadable: str
    trouble: str
    final: bool


def watch_job_here(what: Watching, session: Session, terminal: Terminal) -> int:
    """Watches the job until it is over or the person leaves; returns the exit code.

    Raises:
        GuardError: There is no such job, or it may not be looked at.
    """
    tools = MonitorTools(
        session.jobs(),
        session.metrics(),
        session.judge(),
        DiskLogFolder(what.log_dir),
        session.clock(),
        session.waiter(),
    )
    mode = AutoStop.ON if what.auto_stop else AutoStop.SHADOW
    thread = Background(monitor(what.job_id, mode, tools, what.interval), session.waiter())
    last: list[Observation] = []
    try:
        (_live if terminal.live else _lines)(thread, last, session, terminal)
    except KeyboardInterrupt:
        terminal.say("Left. The job goes on; monitor it again at any time.")
    finally:
        thread.leave()
    return _told(last[-1], what, terminal) if last else EXIT.fine


def _lines(
    thread: Background[Observation], last: list[Observation], session: Session, terminal: Terminal
) -> None:
    lines = ChangeLines()
    for seen in thread:
        last[:] = [seen]
        for line in lines.of_job(seen.job, _notes(seen), seen.at):
            terminal.say(line)
        _emit(seen, terminal)


def _live(
    thread: Background[Observation], last: list[Observation], session: Session, terminal: Terminal
) -> None:
    def draw() -> RenderableType:
        if not last:
            return Text("Looking at the job …")
        seen = last[-1]
        return job_panel(seen.job, session.clock().now(), list(_notes(seen).values()), _title(seen.job))

    with redrawn(terminal, draw) as refresh:
        for seen in thread:
            last[:] = [seen]
            refresh()
            _emit(seen, terminal)


def _title(job: JobRecord) -> str:
    return f"{job.request.job_name} · {job.request.base_model_id}"


def _emit(seen: Observation, terminal: Terminal) -> None:
    """The line of an observation; the last one is told when it is known to be the last."""
    if not seen.final:
        terminal.emit(observation_line(seen, final=False))


def _notes(seen: Observation) -> Facts:
    notes = {}
    if seen.unreadable:
        notes["unreadable"] = f"its metric files cannot be read, so only phases are seen: {seen.unreadable}"
    if seen.trouble:
        notes["trouble"] = f"trouble, trying again: {seen.trouble}"
    return notes


def observation_line(seen: Observation, final: bool) -> ObservationLine:
    """What a machine reads of one look."""
    job = seen.job
    verdict = job.verdict or (VerdictKind.INCONCLUSIVE if final else None)
    return ObservationLine(
        schema_version=1,
        at=seen.at.isoformat(),
        job_arn=job.arn,
        job_name=job.request.job_name,
        status=job.status.value,
        phase=phrases.phase(job),
        rows=job.seen.rows,
        step=job.seen.last_step,
        loss=plain(job.seen.last_loss),
        validation_loss=plain(job.seen.last_validation),
        evidence=job.evidence.value,
        verdict=verdict.value if verdict else None,
        reason=job.verdict_reason,
        findings=job.findings,
        would_have_stopped=job.shadow_stop,
        stop=job.stop,
        unreadable=seen.unreadable,
        trouble=seen.trouble,
        final=final,
    )


def _told(seen: Observation, what: Watching, terminal: Terminal) -> int:
    """Says what the job came to, or where it stands; returns the exit code."""
    job = seen.job
    terminal.emit(observation_line(seen, final=True))
    terminal.say(
        f"{job.request.job_name}: {phrases.phase(job)}, {phrases.verdict(job)}. {job.verdict_reason}"
    )
    for finding in job.findings:
        terminal.say(f"- {phrases.finding_line(finding)}\n  {finding.advice}")
    if job.failure:
        terminal.say(f"Bedrock's own message: {job.failure}")
    terminal.say(f"The metrics log is in {DiskLogFolder(what.log_dir).folder(job.request.job_name)}")
    return exit_code(job)


def exit_code(job: JobRecord) -> int:
    """3 when the job diverged or was stopped, 1 when it failed or is gone, otherwise 0."""
    if job.verdict is VerdictKind.DIVERGED or job.status in (JobStatus.STOPPED, JobStatus.STOPPING):
        return EXIT.no
    return EXIT.failure if job.status in (JobStatus.FAILED, JobStatus.LOST) else EXIT.fine
