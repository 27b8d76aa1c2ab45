"""The table of runs, jobs and alerts in memory; as JSON, so that what does not round-trip is found."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar, cast

from finetune_guard.core.alerts import Alert, AlertState
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.errors import (
    NotFoundError,
    RequestRejectedError,
    StaleRecordError,
    UnreadableRecordError,
)
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.names import JobKey
from finetune_guard.core.observations import BaseModelFacts, Control
from finetune_guard.core.runs import Run
from finetune_guard.core.stored import (
    ALERT,
    BASE,
    BREAKER,
    CONTROL,
    JOB,
    MAILS,
    RUN,
    SHAPES,
    Listed,
    Shape,
    Unreadable,
    read,
    refuse_newer,
)
from finetune_guard.core.wire import dumps
from tests.fakes.seam import Seam, Seamed, outgoing

#: A little below DynamoDB's limit for an item.
LARGEST_RECORD = 390 * 1024
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

S = TypeVar("S")
T = TypeVar("T")

KINDS = {Run: "RUN", JobRecord: "JOB", Alert: "ALERT", BaseModelFacts: "BASE"}


_SHAPES: dict[str, Shape[object]] = {shape.kind.__name__: cast(Shape[object], shape) for shape in SHAPES}


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
    def open_runs(self) -> Listed[Run]:
        runs = self._read(self._seen, RUN)
        return _again(runs, sorted((run for run in runs if not run.told), key=lambda run: run.started_at))

    @outgoing
    def ended_runs(self, limit: int) -> Listed[Run]:
        runs = self._read(self._seen, RUN)
        ended = sorted((run for run in runs if run.told), key=lambda run: run.started_at, reverse=True)
        return _again(runs, ended[:limit])

    @outgoing
    def add_job(self, job: JobRecord) -> JobRecord:
        key = _job_key(job.key)
        self._put(key, dumps(replace(job, version=1)), expected=0)
        return self._one(key, JOB)

    @outgoing
    def job(self, key: JobKey) -> JobRecord:
        if _job_key(key) not in self.rows:
            raise NotFoundError(f"There is no job {key.short} of run {key.run_id}.")
        return self._one(_job_key(key), JOB)

    @outgoing
    def save_job(self, job: JobRecord) -> JobRecord:
        saved = replace(job, version=job.version + 1)
        if not self._put(_job_key(job.key), dumps(saved), expected=job.version):
            raise StaleRecordError(
                f"Job {job.key.short} is no longer at version {job.version}; read it again."
            )
        return saved

    @outgoing
    def open_jobs(self) -> Listed[JobRecord]:
        jobs = self._read(self._seen, JOB)
        return _again(jobs, sorted((job for job in jobs if not job.closed), key=_due))

    @outgoing
    def models_to_delete(self) -> Listed[JobRecord]:
        jobs = self._read(self._seen, JOB)
        return _again(jobs, (job for job in jobs if _has_model_to_delete(job)))

    @outgoing
    def add_alert(self, alert: Alert) -> bool:
        return self._put(_alert_key(alert), dumps(alert), expected=0)

    @outgoing
    def pending_alerts(self) -> Listed[Alert]:
        alerts = self._read(self._seen, ALERT)
        pending = (alert for alert in alerts if alert.state is not AlertState.SENT)
        return _again(alerts, sorted(pending, key=lambda alert: alert.created_at))

    @outgoing
    def claim_alert(self, alert: Alert, now: datetime, until: datetime) -> bool:
        claimed = dumps(replace(alert, state=AlertState.CLAIMED, claimed_until=until))
        row = self.rows.get(_alert_key(alert))
        if row is None:
            return False
        if row.writer == (self.writer, claimed):
            return True
        stored = self._one(_alert_key(alert), ALERT)
        expired = stored.state is AlertState.CLAIMED and (stored.claimed_until or _LONG_AGO) < now
        if stored.state is not AlertState.PENDING and not expired:
            return False
        return self._put(_alert_key(alert), claimed, expected=row.version)

    @outgoing
    def mark_sent(self, alert: Alert, message_id: str, now: datetime) -> None:
        row = self.rows.get(_alert_key(alert))
        state = self._one(_alert_key(alert), ALERT).state if row else None
        if state is AlertState.SENT:
            return
        if row is None or state is not AlertState.CLAIMED:
            raise StaleRecordError(f"Alert {alert.alert_id} is not claimed; claim it before it is sent.")
        sent = replace(alert, state=AlertState.SENT, claimed_until=None, sent_at=now, message_id=message_id)
        self._put(_alert_key(alert), dumps(sent), expected=row.version)

    @outgoing
    def alerts(self, run_id: str) -> Listed[Alert]:
        mine = self._read(self.rows, ALERT, run_id)
        return _again(mine, sorted(mine, key=lambda alert: alert.created_at))

    @outgoing
    def control(self) -> Control:
        return self._one(("CONTROL",), CONTROL) if ("CONTROL",) in self.rows else Control()

    @outgoing
    def set_control(self, control: Control) -> None:
        self._overwrite(("CONTROL",), dumps(control), CONTROL)

    @outgoing
    def breaker(self) -> Breaker:
        return self._one(("BREAKER",), BREAKER) if ("BREAKER",) in self.rows else Breaker()

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
        try:
            return self._one(("MAILS",), MAILS) if row else Mails()
        except UnreadableRecordError:
            return Mails(version=row.version if row else 0)

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
        key = ("BASE", base_model_id)
        return self._one(key, BASE) if key in self.rows else BaseModelFacts(base_model_id)

    @outgoing
    def base_models(self) -> Listed[BaseModelFacts]:
        known = self._read(self._seen, BASE)
        return _again(known, sorted(known, key=lambda facts: facts.base_model_id))

    @outgoing
    def learn(self, facts: BaseModelFacts) -> None:
        self._overwrite(("BASE", facts.base_model_id), dumps(facts), BASE)

    def _overwrite(self, key: Key, text: str, shape: Shape[T]) -> None:
        if key in self.rows:
            refuse_newer(self.rows[key].text, shape, _name(key))
        self.rows[key] = Row(text, 0, (self.writer, ""))

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
        if ("RUN", run_id) not in self.rows:
            raise NotFoundError(f"There is no run {run_id}.")
        mine = [key for key in list(self.rows) if key[0] == "JOB" and key[1] == run_id]
        jobs = sorted((self._one(key, JOB) for key in mine), key=lambda job: job.key.place)
        return replace(self._one(("RUN", run_id), RUN), jobs=tuple(jobs))

    def _one(self, key: Key, shape: Shape[T]) -> T:
        return _decoded(self.rows[key].text, shape, _name(key))

    @property
    def _seen(self) -> Rows:
        return self.rows if self._index is None else self._index

    @staticmethod
    def _read(rows: Rows, shape: Shape[T], run_id: str | None = None) -> Listed[T]:
        found, unreadable = [], []
        for key, row in list(rows.items()):
            if key[0] != KINDS[shape.kind] or run_id not in (None, key[1]):
                continue
            try:
                found.append(_decoded(row.text, shape, _name(key)))
            except UnreadableRecordError as exc:
                unreadable.append(Unreadable(_name(key), str(exc)))
        return Listed(found, unreadable)


def _decoded(text: str, shape: Shape[T], name: str) -> T:
    """The record that the text is; what is read again and again, as in a simulated night, is decoded once."""
    return cast(T, _loaded(text, shape.kind.__name__, name))


@lru_cache(maxsize=8192)
def _loaded(text: str, kind: str, name: str) -> object:
    return read(text, _SHAPES[kind], name)


def _again(of: Listed[S], records: Iterable[T]) -> Listed[T]:
    return Listed(records, of.unreadable)


def _name(key: Key) -> str:
    """As the table names it, or nearly."""
    return " ".join(key)


def key_of(record: Run | JobRecord | Alert | Control | Breaker | BaseModelFacts | Mails) -> Key:
    """Where a record is among the rows."""
    match record:
        case Run():
            return ("RUN", record.run_id)
        case JobRecord():
            return _job_key(record.key)
        case Alert():
            return _alert_key(record)
        case BaseModelFacts():
            return ("BASE", record.base_model_id)
        case Control() | Breaker() | Mails():
            return (type(record).__name__.upper(),)


def _job_key(key: JobKey) -> Key:
    return ("JOB", key.run_id, key.short)


def _alert_key(alert: Alert) -> Key:
    return ("ALERT", alert.run_id, alert.alert_id)


def _due(job: JobRecord) -> datetime:
    return job.ticked_at or job.intended_at


def _has_model_to_delete(job: JobRecord) -> bool:
    return bool(job.closed and job.throw_away and job.model_arn and not job.model_deleted_at)
