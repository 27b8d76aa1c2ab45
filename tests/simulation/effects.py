"""One thing that was carried out, and how people read it."""

from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.alerts import Alert
from finetune_guard.core.job_request import JobRequest
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.runs import Run
from tests.fakes.clock import START
from tests.simulation.processes import Process


@dataclass(frozen=True)
class Effect:
    """Something that was carried out, or a moment at which promises are checked.

    Attributes:
        number: Among all effects of the night.
        at: By the true time.
        process: Whose call it was; None where nature or a person at a console did it.
        call: Such as "store.save_job"; "tick" or "end" for a moment.
        given: What it was called with.
        answer: What it returned.
        before: The record that a write replaced; None where there was none, and for all that is no write.
    """

    number: int
    at: datetime
    process: Process | None
    call: str
    given: tuple[object, ...] = ()
    answer: object = None
    before: object = None

    @property
    def minute(self) -> float:
        """From the night's start."""
        return round((self.at - START).total_seconds() / 60, 2)

    @property
    def about(self) -> str:
        """The run, or the run and the job; "" for neither."""
        return next((found for found in map(_about, (self.answer, *self.given)) if found), "")

    @property
    def line(self) -> str:
        """One line of the night's story."""
        who = self.process.name if self.process else "nature"
        return f"{self.minute:8.2f}  {who:<12} {self.call:<20} {self.about}  {_in_short(self)}".rstrip()


def _about(value: object) -> str:
    match value:
        case JobRecord():
            return f"{value.key.run_id} {value.key.short}"
        case Run():
            return value.run_id
        case Alert():
            return f"{value.run_id} {value.job}".strip()
        case JobRequest():
            return value.job_name
        case str():
            return value[-40:]
    return ""


def _in_short(effect: Effect) -> str:
    match effect.answer:
        case JobRecord() as job:
            stop = f" stop {job.stop.reason}" if job.stop else ""
            told = f"{'called ' if job.stop and job.stop.called_at else ''}" if job.stop else ""
            closed = " closed" if job.closed else ""
            return f"v{job.version} {job.status} {job.seen.rows} rows{stop} {told}{closed}".rstrip()
        case Run() as run:
            wait = f" waits {run.wait.number}" if run.wait else ""
            ended = " aborted" if run.aborted else ""
            return f"v{run.version} {run.status}{ended}{wait} {len(run.decisions)} decisions"
        case bool() | None:
            return "" if effect.answer is None else str(effect.answer)
        case str() as text:
            return text[-24:]
    return ""
