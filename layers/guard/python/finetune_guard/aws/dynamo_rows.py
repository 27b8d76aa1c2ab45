"""How a record lies in the table: docs/adr/0001. Pure; dynamo_table.py makes the calls."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from finetune_guard.core.alerts import Alert, AlertState
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.names import JobKey
from finetune_guard.core.observations import BaseModelFacts, Control
from finetune_guard.core.runs import Run
from finetune_guard.core.wire import dumps

RUNS_OPEN: Final = "RUN#OPEN"
RUNS_ENDED: Final = "RUN#ENDED"
JOBS_OPEN: Final = "JOB#OPEN"
JOBS_WITH_MODEL: Final = "JOB#MODEL"
ALERTS_PENDING: Final = "ALERT#PENDING"
BASES_KNOWN: Final = "BASE#KNOWN"

RUN_SK: Final = "RUN"
JOB_SK: Final = "JOB#"
ALERT_SK: Final = "ALERT#"


@dataclass(frozen=True, slots=True)
class Row:
    """One item.

    Attributes:
        pk: Partition key.
        sk: Sort key.
        record: The value as JSON; "" where an item has none.
        version: What the stored version is, or will be once this is written.
        due_pk: Partition in the index `due`; "" keeps the item out of it.
        due_sk: Place in that partition.
        writer: Marks the write that made it.
    """

    pk: str
    sk: str
    record: str
    version: int
    due_pk: str = ""
    due_sk: str = ""
    writer: str = ""

    @property
    def name(self) -> str:
        """Its keys, as a person finds it in the table."""
        return f"{self.pk} {self.sk}"


def run_pk(run_id: str) -> str:
    """The partition of a run with its jobs and alerts."""
    return f"RUN#{run_id}"


def job_sk(key: JobKey) -> str:
    """The sort key of a job within its run."""
    return f"{JOB_SK}{key.part}#{key.candidate}#{key.attempt}"


def sortable(at: datetime) -> str:
    """ISO 8601 in UTC with microseconds and a Z, so that times sort as text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def run_row(run: Run) -> Row:
    """The run's own item; its jobs are items of their own."""
    return Row(
        pk=run_pk(run.run_id),
        sk=RUN_SK,
        record=dumps(replace(run, jobs=())),
        version=run.version,
        due_pk=RUNS_ENDED if run.told else RUNS_OPEN,
        due_sk=sortable(run.started_at),
    )


def job_row(job: JobRecord) -> Row:
    """A job's item: due while it is open, and as long as its throw-away model exists."""
    due = JOBS_OPEN if not job.closed else JOBS_WITH_MODEL if _has_model_to_delete(job) else ""
    return Row(
        pk=run_pk(job.key.run_id),
        sk=job_sk(job.key),
        record=dumps(job),
        version=job.version,
        due_pk=due,
        due_sk=sortable(job.ticked_at or job.intended_at) if due else "",
    )


def _has_model_to_delete(job: JobRecord) -> bool:
    return bool(job.throw_away and job.model_arn and not job.model_deleted_at)


def alert_row(alert: Alert, version: int) -> Row:
    """An alert's item: due until it is SENT."""
    due = "" if alert.state is AlertState.SENT else ALERTS_PENDING
    return Row(
        pk=run_pk(alert.run_id),
        sk=f"{ALERT_SK}{alert.alert_id}",
        record=dumps(alert),
        version=version,
        due_pk=due,
        due_sk=sortable(alert.created_at) if due else "",
    )


def control_row(control: Control) -> Row:
    """The one item of orders for the whole stack."""
    return Row("CONTROL", "CONTROL", dumps(control), 1)


def breaker_row(breaker: Breaker) -> Row:
    """The one item of the stops of the last hour."""
    return Row("BREAKER", "BREAKER", dumps(breaker), breaker.version)


def mails_row(mails: Mails) -> Row:
    """The one item of the mails of the last hour."""
    return Row("MAILS", "MAILS", dumps(mails), mails.version)


def base_model_row(facts: BaseModelFacts) -> Row:
    """What is known of a base model; always in the index, where all of them are found in one query."""
    return Row(
        pk=f"BASE#{facts.base_model_id}",
        sk="FACTS",
        record=dumps(facts),
        version=1,
        due_pk=BASES_KNOWN,
        due_sk=facts.base_model_id,
    )
