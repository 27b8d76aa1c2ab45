"""The table of runs, jobs and alerts in memory; as JSON, so that what does not round-trip is found."""

from collections.abc import Hashable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar, cast

from finetune_guard.core.alerts import Alert, AlertState
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.errors import NotFoundError, RequestRejectedError, StaleRecordError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.names import JobKey
from finetune_guard.core.observations import BaseModelFacts, Control
from finetune_guard.core.runs import Run
from finetune_guard.core.wire import dumps, loads
from tests.fakes.seam import Seam, Seamed, outgoing

#: A little below DynamoDB's limit for an item.
LARGEST_RECORD = 390 * 1024
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

T = TypeVar("T")


class Row(NamedTuple):
    """A stored record: its JSON, its version, and who wrote it with which text."""

    text: str
    version: int
    writer: tuple[str, str]


Key = tuple[str, ...]
Rows = dict[Key, Row]


class FakeRunStore(Seamed):
    """A RunStore over a dict.

    `another_writer` is a second process over the same rows. `freeze_index` lets the eventually consistent
    reads see what there is now until `thaw_index` (fault row 65).
    """

    port = "store"

    def __init__(self, seam: Seam | None = None, rows: Rows | None = None, writer: str = "first") -> None:
        super().__init__(seam)
        self.rows: Rows = {} if rows is None else rows
        self.writer = writer
        self._index: Rows | None = None

    def another_writer(self, name: str = "second") -> "FakeRunStore":
        return FakeRunStore(self.seam, self.rows, name)

    def freeze_index(self) -> None:
        self._index = dict(self.rows)

    def thaw_index(self) -> None:
        self._index = None

    @outgoing
    def add_run(self, run: Run) -> Run:
        added = replace(run, version=1)
        self._put(("RUN", run.run_id), dumps(replace(added, jobs=())), expected=0)
        return self._run(run.run_id)

    @outgoing
    def run(self, run_id: str) -> Run:
        return self._run(run_id)

    @outgoing
    def save_run(self, run: Run) -> Run:
        saved = replace(run, version=run.version + 1)
        if not self._put(("RUN", run.run_id), dumps(replace(saved, jobs=())), expected=run.version):
            raise StaleRecordError(f"Run {run.run_id} is no longer at version {run.version}; read it again.")
        return saved

    @outgoing
    def open_runs(self) -> tuple[Run, ...]:
        return tuple(sorted((run for run in self._runs() if not run.ended), key=lambda run: run.started_at))

    @outgoing
    def ended_runs(self, limit: int) -> tuple[Run, ...]:
        ended = sorted(
            (run for run in self._runs() if run.ended), key=lambda run: run.started_at, reverse=True
        )
        return tuple(ended[:limit])

    @outgoing
    def add_job(self, job: JobRecord) -> JobRecord:
        key = _job_key(job.key)
        self._put(key, dumps(replace(job, version=1)), expected=0)
        return loads(self.rows[key].text, JobRecord)

    @outgoing
    def save_job(self, job: JobRecord) -> JobRecord:
        saved = replace(job, version=job.version + 1)
        if not self._put(_job_key(job.key), dumps(saved), expected=job.version):
            raise StaleRecordError(
                f"Job {job.key.short} is no longer at version {job.version}; read it again."
            )
        return saved

    @outgoing
    def open_jobs(self) -> tuple[JobRecord, ...]:
        return tuple(sorted((job for job in self._jobs() if not job.closed), key=_due))

    @outgoing
    def models_to_delete(self) -> tuple[JobRecord, ...]:
        return tuple(job for job in self._jobs() if _has_model_to_delete(job))

    @outgoing
    def add_alert(self, alert: Alert) -> bool:
        return self._put(_alert_key(alert), dumps(alert), expected=0)

    @outgoing
    def pending_alerts(self) -> tuple[Alert, ...]:
        pending = (alert for alert in self._alerts() if alert.state is not AlertState.SENT)
        return tuple(sorted(pending, key=lambda alert: alert.created_at))

    @outgoing
    def claim_alert(self, alert: Alert, now: datetime, until: datetime) -> bool:
        claimed = dumps(replace(alert, state=AlertState.CLAIMED, claimed_until=until))
        row = self.rows.get(_alert_key(alert))
        if row is None:
            return False
        if row.writer == (self.writer, claimed):
            return True
        stored = loads(row.text, Alert)
        expired = stored.state is AlertState.CLAIMED and (stored.claimed_until or _LONG_AGO) < now
        if stored.state is not AlertState.PENDING and not expired:
            return False
        return self._put(_alert_key(alert), claimed, expected=row.version)

    @outgoing
    def mark_sent(self, alert: Alert, message_id: str, now: datetime) -> None:
        row = self.rows.get(_alert_key(alert))
        state = loads(row.text, Alert).state if row else None
        if state is AlertState.SENT:
            return
        if row is None or state is not AlertState.CLAIMED:
            raise StaleRecordError(f"Alert {alert.alert_id} is not claimed; claim it before it is sent.")
        sent = replace(alert, state=AlertState.SENT, claimed_until=None, sent_at=now, message_id=message_id)
        self._put(_alert_key(alert), dumps(sent), expected=row.version)

    @outgoing
    def alerts(self, run_id: str) -> tuple[Alert, ...]:
        mine = self._read(self.rows, ("ALERT", run_id), Alert)
        return tuple(sorted(mine, key=lambda alert: alert.created_at))

    @outgoing
    def control(self) -> Control:
        row = self.rows.get(("CONTROL",))
        return loads(row.text, Control) if row else Control()

    @outgoing
    def set_control(self, control: Control) -> None:
        self.rows[("CONTROL",)] = Row(dumps(control), 0, (self.writer, ""))

    @outgoing
    def breaker(self) -> Breaker:
        row = self.rows.get(("BREAKER",))
        return loads(row.text, Breaker) if row else Breaker()

    @outgoing
    def save_breaker(self, breaker: Breaker) -> Breaker:
        saved = replace(breaker, version=breaker.version + 1)
        if not self._put(("BREAKER",), dumps(saved), expected=breaker.version):
            raise StaleRecordError(
                f"The record of the last stops is no longer at version {breaker.version}; read it again."
            )
        return saved

    @outgoing
    def mails(self) -> Mails:
        row = self.rows.get(("MAILS",))
        return loads(row.text, Mails) if row else Mails()

    @outgoing
    def save_mails(self, mails: Mails) -> Mails:
        saved = replace(mails, version=mails.version + 1)
        if not self._put(("MAILS",), dumps(saved), expected=mails.version):
            raise StaleRecordError(
                f"The record of the last mails is no longer at version {mails.version}; read it again."
            )
        return saved

    @outgoing
    def base_model(self, base_model_id: str) -> BaseModelFacts:
        row = self.rows.get(("BASE", base_model_id))
        return loads(row.text, BaseModelFacts) if row else BaseModelFacts(base_model_id)

    @outgoing
    def base_models(self) -> tuple[BaseModelFacts, ...]:
        known = self._read(self._seen, ("BASE",), BaseModelFacts)
        return tuple(sorted(known, key=lambda facts: facts.base_model_id))

    @outgoing
    def learn(self, facts: BaseModelFacts) -> None:
        self.rows[("BASE", facts.base_model_id)] = Row(dumps(facts), 0, (self.writer, ""))

    def _put(self, key: Key, text: str, expected: int) -> bool:
        """Writes if the stored version is the expected one (0: none); says whether the row is ours."""
        if len(text.encode()) > LARGEST_RECORD:
            raise RequestRejectedError(
                f"{key} has {len(text.encode()):,} bytes, at most {LARGEST_RECORD:,} fit."
            )
        row = self.rows.get(key)
        if (row.version if row else 0) == expected:
            self.rows[key] = Row(text, expected + 1, (self.writer, text))
            return True
        return row is not None and row.writer == (self.writer, text)

    def _run(self, run_id: str) -> Run:
        row = self.rows.get(("RUN", run_id))
        if row is None:
            raise NotFoundError(f"There is no run {run_id}.")
        jobs = self._read(self.rows, ("JOB", run_id), JobRecord)
        return replace(_decoded(row.text, Run), jobs=tuple(sorted(jobs, key=lambda job: job.key.place)))

    def _runs(self) -> Iterator[Run]:
        return self._read(self._seen, ("RUN",), Run)

    def _jobs(self) -> Iterator[JobRecord]:
        return self._read(self._seen, ("JOB",), JobRecord)

    def _alerts(self) -> Iterator[Alert]:
        return self._read(self._seen, ("ALERT",), Alert)

    @property
    def _seen(self) -> Rows:
        return self.rows if self._index is None else self._index

    @staticmethod
    def _read(rows: Rows, first: Key, kind: type[T]) -> Iterator[T]:
        """The records whose keys begin so."""
        length = len(first)
        found = [row for key, row in rows.items() if key[:length] == first]
        return (_decoded(row.text, kind) for row in found)


def _decoded(text: str, kind: type[T]) -> T:
    """The record that the text is; what is read again and again, as in a simulated night, is decoded once."""
    return cast(T, _loaded(text, cast(Hashable, kind)))


@lru_cache(maxsize=4096)
def _loaded(text: str, kind: Hashable) -> object:
    return loads(text, cast(type[object], kind))


def _job_key(key: JobKey) -> Key:
    return ("JOB", key.run_id, key.short)


def _alert_key(alert: Alert) -> Key:
    return ("ALERT", alert.run_id, alert.alert_id)


def _due(job: JobRecord) -> datetime:
    return job.ticked_at or job.intended_at


def _has_model_to_delete(job: JobRecord) -> bool:
    return bool(job.closed and job.throw_away and job.model_arn and not job.model_deleted_at)
