"""The live display of a run: where each job is, its curve, its evidence, what was found, what it costs."""

from datetime import datetime

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from finetune_guard.cli import phrases
from finetune_guard.cli.printable import printable, shortened
from finetune_guard.cli.sparkline import sparkline
from finetune_guard.core.asking import open_question
from finetune_guard.core.findings import Finding, Severity
from finetune_guard.core.job_words import in_order, job_words
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.follow import Sight

#: Findings shown for a job; the report has all of them.
MOST_FINDINGS = 3
CURVE_WIDTH = 40
LEAVE = "Ctrl-C leaves it going"

_SEVERITY_STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_VERDICT_STYLES = {
    VerdictKind.HEALTHY: "green",
    VerdictKind.SUSPICIOUS: "yellow",
    VerdictKind.DIVERGED: "bold red",
    VerdictKind.INCONCLUSIVE: "yellow",
}
_BAD = frozenset({JobStatus.FAILED, JobStatus.LOST, JobStatus.REFUSED, JobStatus.STOPPED})


def run_panel(sight: Sight, now: datetime, started: datetime) -> RenderableType:
    """The display of a run.

    Args:
        sight: The run as last seen.
        now: UTC, for the time that has passed.
        started: When the following began, for a run without a record yet.
    """
    run = sight.run
    if run is None:
        waiting = Text("The execution has started; pre-flight checks the config and the data.")
        return _panel("starting", phrases.elapsed(started, now), [waiting, *_trouble(sight)])
    parts: list[RenderableType] = []
    for job in in_order(run):
        parts += [*job_parts(job, now, job_words(run, job)), Text()]
    if not run.jobs:
        parts += [Text("planning: no job has been created yet"), Text()]
    parts += _question(run)
    parts += [_labelled("decision", _last_decision(run)), _labelled("cost", Text(phrases.cost_so_far(run)))]
    title = f"{shortened(run.job_name, 30)} · {run.mode} · {run.status}"
    return _panel(title, phrases.elapsed(run.started_at, run.ended_at or now), [*parts, *_trouble(sight)])


def job_panel(job: JobRecord, now: datetime, notes: list[str], title: str) -> RenderableType:
    """The display of one job that is monitored."""
    parts = job_parts(job, now, "job")
    parts += [Text(shortened(note, 300), style="yellow") for note in notes]
    began = job.created_at or job.intended_at
    return _panel(shortened(title, 60), phrases.elapsed(began, job.ended_at or now), parts)


def job_parts(job: JobRecord, now: datetime, name: str) -> list[RenderableType]:
    """The lines about one job."""
    parts: list[RenderableType] = [_headline(job, now, name)]
    if job.seen.rows:
        parts.append(_labelled("loss", _curve(job)))
    judged = Text(phrases.verdict(job), style=_VERDICT_STYLES.get(job.verdict, "") if job.verdict else "dim")
    parts.append(_labelled("verdict", judged))
    parts += [_finding(finding) for finding in job.findings[:MOST_FINDINGS]]
    more = max(job.findings_total, len(job.findings)) - MOST_FINDINGS
    if more > 0:
        parts.append(_labelled("", Text(f"and {more} more findings", style="dim")))
    if job.shadow_stop:
        text = Text(f"would have stopped it: {printable(job.shadow_stop)}", style="bold yellow")
        parts.append(_labelled("shadow", text))
    if job.held and not job.stop:
        text = Text(f"not stopped: {printable(phrases.held(job.held))}", style="bold yellow")
        parts.append(_labelled("breaker", text))
    if job.stop:
        parts.append(_labelled("stop", _stop(job)))
    return parts


def _panel(title: str, elapsed: str, parts: list[RenderableType]) -> RenderableType:
    subtitle = Text(f"{elapsed} · {LEAVE}", style="dim")
    return Panel(Group(*parts), title=Text(title, style="bold"), subtitle=subtitle, title_align="left")


def _labelled(label: str, content: RenderableType) -> RenderableType:
    """A label in a column of its own, so that long content wraps beside it."""
    row = Table.grid(padding=(0, 1))
    row.add_column(width=9)
    row.add_column(ratio=1)
    row.add_row(Text(f" {label}", style="dim"), content)
    return row


def _headline(job: JobRecord, now: datetime, name: str) -> RenderableType:
    mark, style = _mark(job)
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(ratio=1)
    row.add_column(justify="right", no_wrap=True)
    began = job.created_at or job.intended_at
    what = Text.assemble((f"{mark} ", style), (name, "bold"), f"  {phrases.phase(job)}")
    if job.seen.last_step is not None:
        what.append(f" · {phrases.steps(job)}")
    row.add_row(what, Text(phrases.elapsed(began, job.ended_at or now)))
    return row


def _mark(job: JobRecord) -> tuple[str, str]:
    if job.status in _BAD:
        return "✗", "bold red"
    return ("✓", "green") if job.status is JobStatus.COMPLETED else ("●", "bold cyan")


def _curve(job: JobRecord) -> Text:
    seen = job.seen
    text = Text(phrases.loss(seen.last_loss), style="bold")
    if seen.tail:
        text.append(f" {sparkline(seen.tail, CURVE_WIDTH)}", style="not bold cyan")
    if seen.first_loss is not None:
        text.append(f" from {phrases.loss(seen.first_loss)}", style="not bold dim")
    if seen.last_validation is not None:
        text.append(f" · validation {phrases.loss(seen.last_validation)}", style="not bold")
    return text


def _finding(finding: Finding) -> RenderableType:
    style = _SEVERITY_STYLES[finding.severity]
    signal = f"{finding.signal.replace('_', ' ')}{phrases.where(finding)}"
    return _labelled(finding.severity, Text.assemble((f"{signal}: ", style), printable(finding.sentence)))


def _stop(job: JobRecord) -> Text:
    stop = job.stop
    if stop is None:
        return Text()
    if stop.confirmed_at:
        return Text(f"confirmed by Bedrock: {printable(stop.outcome)}", style="bold")
    state = "Bedrock was asked, not confirmed yet" if stop.called_at else "ordered; the watch carries it out"
    return Text(f"{state}: {printable(stop.sentence)}", style="bold red")


def _question(run: Run) -> list[RenderableType]:
    """What the run asks, until when, and how to answer; nothing where it does not ask."""
    question = open_question(run)
    if question is None:
        return []
    asked = Text.assemble((phrases.waiting(run), "bold yellow"), f"\n{printable(question.sentence)}")
    return [
        _labelled("question", asked),
        _labelled("", Text(f"finetune-guard answer {run.run_id} proceed|refuse")),
        Text(),
    ]


def _last_decision(run: Run) -> Text:
    if not run.decisions:
        return Text("none yet", style="dim")
    decision = run.decisions[-1].decision
    return Text.assemble((f"{decision.kind}", "bold"), f" · {printable(decision.reason)}")


def _trouble(sight: Sight) -> list[RenderableType]:
    lines = []
    if sight.trouble:
        lines.append(f"cannot look just now, trying again: {sight.trouble}")
    if sight.execution_over and sight.execution and not (sight.run and sight.run.ended):
        lines.append(f"the execution has ended: {sight.execution.status}; jobs may still run and bill")
    return [Text(shortened(line, 300), style="yellow") for line in lines]
