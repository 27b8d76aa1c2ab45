"""The table of runs, jobs and alerts on DynamoDB (docs/adr/0001)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Final, TypeVar

from finetune_guard.aws import dynamo_rows as rows
from finetune_guard.aws.dynamo_rows import Row
from finetune_guard.aws.dynamo_table import DynamoTable
from finetune_guard.core import stored as shapes
from finetune_guard.core.alerts import Alert, AlertState
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.errors import NotFoundError, StaleRecordError, UnreadableRecordError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.names import JobKey
from finetune_guard.core.observations import BaseModelFacts, Control
from finetune_guard.core.runs import Run
from finetune_guard.core.stored import Listed, Shape

#: Times that marking an alert SENT starts over when others write it; each is one step of its life.
MARKINGS: Final = 5
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

T = TypeVar("T")


class DynamoRuns:
    """RunStore over one table."""

    def __init__(self, table: DynamoTable) -> None:
        self._table = table

    def add_run(self, run: Run) -> Run:
        """Puts the run if absent; returns the stored one with its jobs, whoever put it."""
        added = replace(run, version=1)
        if self._table.put(rows.run_row(added), expected=0) is None:
            return added
        return self.run(run.run_id)

    def run(self, run_id: str) -> Run:
        """The run with all its jobs, in one consistent query; see RunStore.run."""
        found = list(self._table.between(rows.run_pk(run_id), rows.JOB_SK, rows.RUN_SK))
        own = next((row for row in found if row.sk == rows.RUN_SK), None)
        if own is None:
            raise NotFoundError(
                f"There is no run {run_id} in this stack's table. List the runs to see their ids."
            )
        jobs = (_read(row, shapes.JOB) for row in found if row.sk != rows.RUN_SK)
        return replace(_read(own, shapes.RUN), jobs=tuple(sorted(jobs, key=lambda job: job.key.place)))

    def save_run(self, run: Run) -> Run:
        """Writes the run's own item; see RunStore.save_run."""
        saved = replace(run, version=run.version + 1)
        _refuse_stale(self._table.put(rows.run_row(saved), run.version), f"run {run.run_id}", run.version)
        return saved

    def open_runs(self) -> Listed[Run]:
        """Runs that have not ended, without their jobs."""
        return _listed(self._table.due(rows.RUNS_OPEN), shapes.RUN)

    def ended_runs(self, limit: int) -> Listed[Run]:
        """Ended runs, newest first, without their jobs."""
        newest = self._table.due(rows.RUNS_ENDED, newest_first=True)
        return _listed(islice(newest, limit), shapes.RUN)

    def add_job(self, job: JobRecord) -> JobRecord:
        """Puts the intent if absent; returns the stored one, whoever put it."""
        added = replace(job, version=1)
        stored = self._table.put(rows.job_row(added), expected=0)
        return _read(stored, shapes.JOB) if stored else added

    def job(self, key: JobKey) -> JobRecord:
        """One job, read consistently; see RunStore.job."""
        stored = self._table.get(rows.run_pk(key.run_id), rows.job_sk(key))
        if stored is None:
            raise NotFoundError(f"There is no job {key.short} of run {key.run_id} in this stack's table.")
        return _read(stored, shapes.JOB)

    def save_job(self, job: JobRecord) -> JobRecord:
        """Writes the job; see RunStore.save_job."""
        saved = replace(job, version=job.version + 1)
        what = f"job {job.key.short} of run {job.key.run_id}"
        _refuse_stale(self._table.put(rows.job_row(saved), job.version), what, job.version)
        return saved

    def open_jobs(self) -> Listed[JobRecord]:
        """Jobs that are not closed, least recently judged first."""
        return _listed(self._table.due(rows.JOBS_OPEN), shapes.JOB)

    def models_to_delete(self) -> Listed[JobRecord]:
        """Closed jobs with a throw-away model that still exists."""
        return _listed(self._table.due(rows.JOBS_WITH_MODEL), shapes.JOB)

    def add_alert(self, alert: Alert) -> bool:
        """Records the alert if absent; says whether it was new."""
        return self._table.put(rows.alert_row(alert, version=1), expected=0) is None

    def pending_alerts(self) -> Listed[Alert]:
        """Alerts that are not SENT, oldest first."""
        return _listed(self._table.due(rows.ALERTS_PENDING), shapes.ALERT)

    def claim_alert(self, alert: Alert, now: datetime, until: datetime) -> bool:
        """Takes the alert for sending; see RunStore.claim_alert."""
        stored = self._stored(alert)
        if stored is None:
            return False
        claimed = replace(alert, state=AlertState.CLAIMED, claimed_until=until)
        row = rows.alert_row(claimed, stored.version + 1)
        if self._table.wrote(stored, row.record):
            return True
        claimable = _claimable(_read(stored, shapes.ALERT), now)
        return claimable and self._table.put(row, stored.version) is None

    def mark_sent(self, alert: Alert, message_id: str, now: datetime) -> None:
        """CLAIMED becomes SENT; an alert that is SENT stays as it is.

        Raises:
            StaleRecordError: Nobody has claimed it.
        """
        sent = replace(alert, state=AlertState.SENT, claimed_until=None, sent_at=now, message_id=message_id)
        for _ in range(MARKINGS):
            stored = self._stored(alert)
            state = _read(stored, shapes.ALERT).state if stored else None
            if state is AlertState.SENT:
                return
            if stored is None or state is not AlertState.CLAIMED:
                break
            if self._table.put(rows.alert_row(sent, stored.version + 1), stored.version) is None:
                return
        raise StaleRecordError(f"Alert {alert.alert_id} could not be marked as sent: claim it, then send it.")

    def alerts(self, run_id: str) -> Listed[Alert]:
        """Every alert of a run, oldest first."""
        found = self._table.between(rows.run_pk(run_id), rows.ALERT_SK, rows.ALERT_SK + "~")
        alerts = _listed(found, shapes.ALERT)
        return Listed(sorted(alerts, key=lambda alert: alert.created_at), alerts.unreadable)

    def control(self) -> Control:
        """What a person has ordered for the whole stack."""
        return self._stored_or(rows.control_row(Control()), shapes.CONTROL)

    def set_control(self, control: Control) -> None:
        """Orders it; the last order counts."""
        self._overwrite(rows.control_row(control), shapes.CONTROL)

    def breaker(self) -> Breaker:
        """The stops for findings of the last hour; see RunStore.breaker."""
        return self._stored_or(rows.breaker_row(Breaker()), shapes.BREAKER)

    def save_breaker(self, breaker: Breaker) -> Breaker:
        """Writes it; see RunStore.save_breaker."""
        saved = replace(breaker, version=breaker.version + 1)
        stored = self._table.put(rows.breaker_row(saved), breaker.version)
        _refuse_stale(stored, "record of the last stops", breaker.version)
        return saved

    def mails(self) -> Mails:
        """The mails of the last hour; see RunStore.mails."""
        nothing = rows.mails_row(Mails())
        stored = self._table.get(nothing.pk, nothing.sk) or nothing
        try:
            return _read(stored, shapes.MAILS)
        except UnreadableRecordError:
            return Mails(version=stored.version)

    def save_mails(self, mails: Mails) -> Mails:
        """Writes it; see RunStore.save_mails."""
        saved = replace(mails, version=mails.version + 1)
        stored = self._table.put(rows.mails_row(saved), mails.version)
        _refuse_stale(stored, "record of the last mails", mails.version)
        return saved

    def base_model(self, base_model_id: str) -> BaseModelFacts:
        """What is known of a base model."""
        return self._stored_or(rows.base_model_row(BaseModelFacts(base_model_id)), shapes.BASE)

    def base_models(self) -> Listed[BaseModelFacts]:
        """What is known of every base model, in the order of their ids."""
        return _listed(self._table.due(rows.BASES_KNOWN), shapes.BASE)

    def learn(self, facts: BaseModelFacts) -> None:
        """Writes what is known of a base model; the last word counts."""
        self._overwrite(rows.base_model_row(facts), shapes.BASE)

    def _stored_or(self, nothing: Row, shape: Shape[T]) -> T:
        """What is stored in the row's place; what the row says where nothing is."""
        return _read(self._table.get(nothing.pk, nothing.sk) or nothing, shape)

    def _overwrite(self, row: Row, shape: Shape[T]) -> None:
        """Writes the row over whatever is stored, unless a newer release wrote that."""
        stored = self._table.get(row.pk, row.sk)
        if stored:
            shapes.refuse_newer(stored.record, shape, stored.name)
        self._table.overwrite(row)

    def _stored(self, alert: Alert) -> Row | None:
        row = rows.alert_row(alert, version=0)
        return self._table.get(row.pk, row.sk)


def _read(row: Row, shape: Shape[T]) -> T:
    return shapes.read(row.record, shape, row.name)


def _listed(found: Iterable[Row], shape: Shape[T]) -> Listed[T]:
    return shapes.listed(((row.name, row.record) for row in found), shape)


def _claimable(alert: Alert, now: datetime) -> bool:
    """PENDING, or claimed by somebody whose time is over."""
    if alert.state is AlertState.CLAIMED:
        return (alert.claimed_until or _LONG_AGO) < now
    return alert.state is AlertState.PENDING


def _refuse_stale(stored: Row | None, what: str, version: int) -> None:
    if stored is not None:
        raise StaleRecordError(
            f"The {what} was to be written over version {version}, but the table holds version "
            f"{stored.version}: somebody was faster. Read it again and start over."
        )
