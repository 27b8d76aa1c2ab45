"""Plain lines for people without a redrawing terminal: one for each thing that has changed."""

from collections.abc import Iterator
from datetime import datetime

from finetune_guard.cli import phrases
from finetune_guard.core.job_words import in_order, job_words
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.runs import Question, Run
from finetune_guard.usecases.follow import Sight

Facts = dict[str, str]

#: A finding grows with its curve; it is told when it begins, and in the story as it ended.
ONCE = "finding "


class ChangeLines:
    """Remembers what was said, so that each thing is said once and again only when it has changed."""

    def __init__(self) -> None:
        self._said: Facts = {}

    def of_run(self, sight: Sight, at: datetime) -> Iterator[str]:
        """The lines that this sight of a run calls for."""
        facts = run_facts(sight.run) if sight.run else {"start": "the execution has started"}
        if sight.trouble:
            facts["trouble"] = f"cannot look just now, trying again: {sight.trouble}"
        if sight.execution_over and sight.execution and not (sight.run and sight.run.ended):
            facts["execution"] = f"the execution has ended: {sight.execution.status}"
        yield from self._new(facts, at)

    def of_job(self, job: JobRecord, notes: Facts, at: datetime) -> Iterator[str]:
        """The lines that a look at one job calls for."""
        yield from self._new({**job_facts(job, ""), **notes}, at)

    def _new(self, facts: Facts, at: datetime) -> Iterator[str]:
        for key, line in facts.items():
            known = self._said.get(key)
            if known is None or (known != line and not key.startswith(ONCE)):
                yield f"{at:%H:%M:%S} {line}"
        # What is no longer true is forgotten, so that it is said again when it comes back.
        self._said = facts


def run_facts(run: Run) -> Facts:
    """What there is to say of a run, by what it is about."""
    facts = {f"problem {p.code} {p.key}": _problem(p.severity, p.key, p.message) for p in run.problems}
    if run.plan:
        for note in run.plan.notes:
            facts[f"note {note}"] = f"note: {note}"
    for job in in_order(run):
        facts |= job_facts(job, f"{job_words(run, job)}: ")
    for number, dated in enumerate(run.decisions):
        decision = dated.decision
        facts[f"decision {number}"] = f"decision: {decision.kind} [{decision.policy}] {decision.reason}"
    for question in run.questions:
        facts |= _question_facts(run, question)
    if run.ended:
        facts["status"] = f"the run is {run.status}"
    return facts


def _question_facts(run: Run, question: Question) -> Facts:
    about = f"question {question.about}"
    if question.reply:
        return {f"{about} reply": f"answered: {question.reply}"}
    answer = f"finetune-guard answer {run.run_id} proceed|refuse"
    asked = f"YOUR ANSWER IS WANTED until {phrases.moment(question.until)}, then {question.default}"
    return {about: f"{asked}: {question.sentence} ({answer})"}


def _problem(severity: str, key: str, message: str) -> str:
    return f"pre-flight {severity}: {key + ': ' if key else ''}{message}"


def job_facts(job: JobRecord, prefix: str) -> Facts:
    """What there is to say of a job, by what it is about."""
    key = job.key.short
    facts = {f"{key} phase": f"{prefix}{phrases.phase(job)}"}
    if job.seen.last_step is not None:
        facts[f"{key} step"] = f"{prefix}{phrases.steps(job)}, loss {phrases.loss(job.seen.last_loss)}"
    for finding in job.findings:
        of = f"{ONCE}{key} {finding.signal} {finding.severity} {finding.first_step}"
        facts[of] = prefix + phrases.finding_line(finding)
    facts |= {f"{key} {what}": prefix + line for what, line in _stop_facts(job)}
    if job.verdict and job.closed:
        facts[f"{key} verdict"] = f"{prefix}{phrases.verdict(job)}: {job.verdict_reason}"
    return facts


def _stop_facts(job: JobRecord) -> Iterator[tuple[str, str]]:
    if job.shadow_stop:
        yield "shadow", f"WOULD HAVE STOPPED (auto_stop is not on): {job.shadow_stop}"
    if job.held:
        yield "breaker", f"NOT STOPPED, breaker: {phrases.held(job.held)}"
    if job.stop is None:
        return
    yield "stop", f"stop ordered: {job.stop.sentence}"
    if job.stop.called_at:
        yield "stop called", "Bedrock was asked to stop it"
    if job.stop.confirmed_at:
        yield "stop confirmed", f"Bedrock confirms: {job.stop.outcome}"
