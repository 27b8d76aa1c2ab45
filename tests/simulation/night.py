"""What happened in a simulated night: told by the seam at each effect, and held against the promises."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from finetune_guard.core.alerts import Alert
from finetune_guard.core.job_request import JobRequest
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.names import JobKey
from finetune_guard.core.observations import Control
from finetune_guard.core.runs import Run
from finetune_guard.usecases.ticked import Ticked
from tests.fakes.clock import FakeClock
from tests.fakes.world import World
from tests.simulation.effects import Effect
from tests.simulation.processes import Process


@dataclass(frozen=True)
class Broken:
    """A promise that was broken.

    Attributes:
        promise: Its name.
        sentence: How.
        effect: At what.
    """

    promise: str
    sentence: str
    effect: Effect


Promise = Callable[["Night", Effect], Iterator[str]]
#: What is checked, by the call that it is checked at; "tick" and "end" are moments that are no calls.
Promises = Mapping[str, tuple[Promise, ...]]


@dataclass(frozen=True)
class Looked:
    """A tick that came to its end.

    Attributes:
        before: Number of the last effect before it.
        began: By the true time.
        ticked: What it says of itself.
        process: Its process.
    """

    before: int
    began: datetime
    ticked: Ticked
    process: Process


@dataclass
class Written:
    """What is known of a job's record.

    Attributes:
        job: As last written.
        at: When it was last written.
        judged: Number of the effect by which a tick last wrote it.
    """

    job: JobRecord
    at: datetime
    judged: int = 0


@dataclass
class Night:
    """The truth of a night, beside what the guard knows of it.

    Attributes:
        world: As the services see it.
        clock: The true time.
        promises: What is checked.
        current: The process that runs now.
        jobs, runs, alerts: Records as last written, the runs without their jobs.
        created: Keys of the jobs that the guard created, by ARN.
        born, ended: When each of them began, and ended in the service.
        offs: What the clock of each role is off by.
        over: Number of the effect by which each run that is over was aborted or ended.
        control: As ordered.
        switched_on: Number of the effect that turned the kill switch on; None while it is off.
        published: Processes that published each alert.
        ordered: When each stop for a finding was written, and for which job.
        looks: The last ticks that came to their end.
        mistakes: As in Stage.
        broken: Promises that were broken.
        story: Everything, in order.
    """

    world: World
    clock: FakeClock
    promises: Promises
    current: Callable[[], Process | None]
    jobs: dict[JobKey, Written] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    created: dict[str, JobKey] = field(default_factory=dict)
    born: dict[str, datetime] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)
    offs: Mapping[str, timedelta] = field(default_factory=dict)
    over: dict[str, int] = field(default_factory=dict)
    control: Control = field(default_factory=Control)
    switched_on: int | None = None
    published: defaultdict[str, list[Process]] = field(default_factory=lambda: defaultdict(list))
    ordered: list[tuple[datetime, JobKey]] = field(default_factory=list)
    looks: deque[Looked] = field(default_factory=lambda: deque(maxlen=2))
    mistakes: list[str] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    story: list[Effect] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def effects(self) -> int:
        """How many there have been."""
        return len(self.story)

    @property
    def digest(self) -> str:
        """Of all that happened, in order."""
        return sha256("".join(effect.line for effect in self.story).encode()).hexdigest()

    def witness(self, call: str, given: tuple[object, ...], answer: object) -> None:
        """Told by the seam as soon as a call was carried out."""
        process = self.current()
        effect = Effect(self.effects + 1, self.clock.now(), process, call, given, answer)
        effect = self._remembered(effect)
        self.story.append(effect)
        self.calls[call] += 1
        self._hold(effect)
        if process is not None:
            process.known = effect.number

    def check(self, moment: str, process: Process | None = None, answer: object = None) -> None:
        """Holds the promises of a moment that is no call."""
        self._hold(Effect(self.effects, self.clock.now(), process, moment, (), answer))

    def look(self, looked: Looked) -> None:
        """A tick came to its end."""
        self.check("tick", looked.process, looked)
        self.looks.append(looked)

    def record_of(self, identifier: object) -> JobRecord | None:
        """The record of the job that the service calls so, by ARN or by name."""
        found = (each.job for each in self.jobs.values())
        return next((job for job in found if identifier in (job.arn, job.request.job_name)), None)

    def jobs_of(self, run_id: str) -> tuple[JobRecord, ...]:
        """The records of a run's jobs."""
        mine = (each.job for key, each in self.jobs.items() if key.run_id == run_id)
        return tuple(sorted(mine, key=lambda job: job.key.place))

    def whole(self, run_id: str) -> Run:
        """A run with its jobs."""
        return replace(self.runs[run_id], jobs=self.jobs_of(run_id))

    def _hold(self, effect: Effect) -> None:
        for promise in self.promises.get(effect.call, ()):
            for sentence in promise(self, effect):
                self.broken.append(Broken(promise.__name__, sentence, effect))

    def _remembered(self, effect: Effect) -> Effect:
        match effect.call, effect.answer:
            case (("store.add_job" | "store.save_job"), JobRecord() as job):
                return self._job_written(effect, job)
            case (("store.add_run" | "store.save_run"), Run() as run):
                return self._run_written(effect, run)
            case "store.add_alert", True:
                self._alert_added(effect.given[0])
            case "store.set_control", None:
                self._ordered(effect)
            case "alerts.publish", _:
                self._told(effect)
            case "jobs.create", str() as arn:
                return self._created(effect, arn)
        return effect

    def _job_written(self, effect: Effect, job: JobRecord) -> Effect:
        known = self.jobs.get(job.key)
        if known is None:
            self.jobs[job.key] = Written(job, effect.at)
            return effect
        before = known.job
        if before.version < job.version:
            known.job, known.at = job, effect.at
            if effect.process is not None and effect.process.role == "watch":
                known.judged = effect.number
        return replace(effect, before=before)

    def _run_written(self, effect: Effect, run: Run) -> Effect:
        before = self.runs.get(run.run_id)
        self.runs[run.run_id] = replace(run, jobs=())
        if not (run.ended or run.aborted):
            self.over.pop(run.run_id, None)
        else:
            self.over.setdefault(run.run_id, effect.number)
        return replace(effect, before=before)

    def _alert_added(self, alert: object) -> None:
        if isinstance(alert, Alert):
            self.alerts[alert.alert_id] = alert

    def _ordered(self, effect: Effect) -> None:
        control = effect.given[0]
        if isinstance(control, Control):
            self.control = control
            self.switched_on = effect.number if control.kill_switch else None

    def _told(self, effect: Effect) -> None:
        alert = effect.given[0]
        if isinstance(alert, Alert) and effect.process is not None:
            self.published[alert.alert_id].append(effect.process)

    def _created(self, effect: Effect, arn: str) -> Effect:
        """`before` is the ARN where the job was there already."""
        if arn in self.created:
            return replace(effect, before=arn)
        request = effect.given[0]
        key = next(
            (
                key
                for key, each in self.jobs.items()
                if isinstance(request, JobRequest) and key.token == request.token
            ),
            None,
        )
        if key is not None:
            self.created[arn] = key
            self.born[arn] = effect.at
        return effect
