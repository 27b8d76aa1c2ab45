"""The table of runs, jobs and alerts, as a Protocol."""

from datetime import datetime
from typing import Protocol

from finetune_guard.core.alerts import Alert
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.names import JobKey
from finetune_guard.core.observations import BaseModelFacts, Control
from finetune_guard.core.runs import Run
from finetune_guard.core.stored import Listed


class RunStore(Protocol):
    """The table of runs, jobs and alerts.

    Every write is conditional on the record's version; the loser gets a StaleRecordError and starts over. A
    write whose reply was lost and is tried again is recognised as its own.

    A record that is damaged, or of a newer release, keeps no other from being read: what lists records gives
    those that can be read and tells of the others (`Listed.unreadable`); what reads one raises. Nothing ever
    writes over a record of a newer release.

    Raises (each that reads one record):
        UnreadableRecordError: The record cannot be read. NewerRecordError: A newer release wrote it.
    """

    def add_run(self, run: Run) -> Run:
        """Puts the run if absent; returns the stored one, whoever put it."""

    def run(self, run_id: str) -> Run:
        """The run with all its jobs, read consistently.

        Raises:
            NotFoundError: No such run.
            UnreadableRecordError: The run, or one of its jobs, cannot be read.
        """

    def save_run(self, run: Run) -> Run:
        """Writes the run's own item; returns it with the new version.

        Raises:
            StaleRecordError: Its version is not the stored one.
        """

    def open_runs(self) -> Listed[Run]:
        """Runs that have not ended, or whose end is not told, without their jobs; eventually consistent.

        A run whose end was told before the report was written, by an older release, is not among them.
        """

    def ended_runs(self, limit: int) -> Listed[Run]:
        """Runs that have ended and told so, newest first, without their jobs."""

    def add_job(self, job: JobRecord) -> JobRecord:
        """Puts the intent if absent; returns the stored one, whoever put it."""

    def job(self, key: JobKey) -> JobRecord:
        """One job, read consistently, whatever the others of its run are.

        Raises:
            NotFoundError: No such job.
        """

    def save_job(self, job: JobRecord) -> JobRecord:
        """Writes the job; returns it with the new version.

        Raises:
            StaleRecordError: Its version is not the stored one.
        """

    def open_jobs(self) -> Listed[JobRecord]:
        """Jobs that are not closed, least recently judged first; eventually consistent."""

    def models_to_delete(self) -> Listed[JobRecord]:
        """Closed jobs with a throw-away model that still exists."""

    def add_alert(self, alert: Alert) -> bool:
        """Records the alert if absent; says whether it was new."""

    def pending_alerts(self) -> Listed[Alert]:
        """Alerts that are not SENT, oldest first; eventually consistent."""

    def claim_alert(self, alert: Alert, now: datetime, until: datetime) -> bool:
        """PENDING, or CLAIMED until before `now`, becomes CLAIMED; says whether the caller has it."""

    def mark_sent(self, alert: Alert, message_id: str, now: datetime) -> None:
        """CLAIMED becomes SENT."""

    def alerts(self, run_id: str) -> Listed[Alert]:
        """Every alert of a run, oldest first."""

    def control(self) -> Control:
        """What a person has ordered for the whole stack."""

    def set_control(self, control: Control) -> None:
        """Orders it.

        Raises:
            NewerRecordError: A newer release wrote the order that stands; a damaged one is written anew.
        """

    def breaker(self) -> Breaker:
        """The stops for findings of the last hour, read consistently; an empty one before the first."""

    def save_breaker(self, breaker: Breaker) -> Breaker:
        """Writes it; returns it with the new version.

        Raises:
            StaleRecordError: Its version is not the stored one.
        """

    def mails(self) -> Mails:
        """The mails of the last hour, read consistently; an empty record before the first."""

    def save_mails(self, mails: Mails) -> Mails:
        """Writes it; returns it with the new version.

        Raises:
            StaleRecordError: Its version is not the stored one.
        """

    def base_model(self, base_model_id: str) -> BaseModelFacts:
        """What is known of a base model; a record without knowledge when nothing is."""

    def base_models(self) -> Listed[BaseModelFacts]:
        """What is known of every base model, in the order of their ids; eventually consistent."""

    def learn(self, facts: BaseModelFacts) -> None:
        """Writes what is known of a base model.

        Raises:
            NewerRecordError: As for set_control.
        """
