"""The state machine of infra, played over fakes: each state is one Lambda that may be killed and retried."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.errors import GuardError
from finetune_guard.core.job_judgements import CurveJudged
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.advance import AdvanceTools, advance
from finetune_guard.usecases.await_run import AwaitTools, await_run
from finetune_guard.usecases.create_jobs import Created, CreateTools, create_jobs
from finetune_guard.usecases.judge import Judgement, MetricFile
from finetune_guard.usecases.report import ReportTools, report
from finetune_guard.usecases.ticked import Ticked
from finetune_guard.usecases.watch import WatchTools, tick
from tests.builders import finding
from tests.fakes.seam import Crash
from tests.fakes.workers import OneByOne
from tests.fakes.world import World

State = Literal[
    "Preflight",
    "Next",
    "CreateJobs",
    "WaitForQuota",
    "WaitForRun",
    "Waiting",
    "Report",
    "ReportFailure",
    "Ended",
]

#: Which use case each state of the machine is.
USE_CASES: dict[State, str] = {
    "Preflight": "preflight",
    "Next": "advance",
    "CreateJobs": "create_jobs",
    "WaitForRun": "await_run",
    "Report": "report",
    "ReportFailure": "report",
}


def plain_judge(job: JobRecord, files: tuple[MetricFile, ...]) -> Judgement:
    """Ten times the first loss is a divergence. The real judge has tests of its own."""
    rows = [
        line.split(b",")
        for file in files
        if b"step_number" in file.data
        for line in file.data.splitlines()[1:]
    ]
    if not rows:
        return Judgement(None, None, "")
    losses = [float(row[-1]) for row in rows]
    bad = losses[-1] > 10 * losses[0]
    kind = VerdictKind.DIVERGED if bad else VerdictKind.HEALTHY
    seen = CurveSeen(len(rows), len(rows), losses[-1], losses[0])
    found = (finding(),) if bad else ()
    high = (step for step, loss in enumerate(losses, 1) if loss > 10 * losses[0])
    would_stop = next(high, None) if job.terminal else None
    curve = CurveJudged(kind, f"The curve is {kind}.", bad and job.rehearsal, found, seen, would_stop)
    return Judgement(curve, None, f"{len(rows)} rows\n")


def csv(*losses: float) -> bytes:
    rows = "".join(f"{step},0,{loss}\n" for step, loss in enumerate(losses, 1))
    return f"step_number,epoch_number,training_loss\n{rows}".encode()


@dataclass
class Machine:
    """One execution. `step` does one state; a crash leaves it in the state, as a retried task would.

    Attributes:
        prefix: What its tokens begin with, where several wait in one world.
    """

    world: World
    run_id: str
    state: State = "Next"
    token: str = ""
    tokens: int = 0
    states: list[str] = field(default_factory=list)
    prefix: str = ""

    def step(self) -> bool:
        """Whether there was something to do."""
        if self.state == "Waiting":
            if self.token not in self.world.workflow.completed:
                return False
            self.state = "Next"
            return True
        if self.state == "Ended":
            return False
        self.states.append(self.state)
        if self.state in USE_CASES:
            self.world.seam.begin(USE_CASES[self.state])
        self.state = self.moves()[self.state]()
        return True

    def moves(self) -> dict[State, Callable[[], State]]:
        """What each state does; the state that follows is returned."""
        return {
            "Next": self._next,
            "CreateJobs": self._create,
            "WaitForRun": self._wait,
            "Report": self._report,
        }

    def _next(self) -> State:
        advanced = advance(self.run_id, AdvanceTools(self.world.store, self.world.clock))
        return {"create": "CreateJobs", "wait": "WaitForRun", "finish": "Report"}[advanced.action]  # type: ignore[return-value]

    def _create(self) -> State:
        return "WaitForRun" if self._created().result == "wait" else "Next"

    def _created(self) -> Created:
        world = self.world
        tools = CreateTools(world.store, world.jobs, world.datasets, world.clock, stack="test-stack")
        return create_jobs(self.run_id, tools)

    def _wait(self) -> State:
        """A retried token task has a new token; nobody waits on the old one any more."""
        self.world.workflow.waiting.discard(self.token)
        self.tokens += 1
        self.token = self.world.workflow.wait_on(f"{self.prefix}token-{self.tokens}")
        tools = AwaitTools(self.world.store, self.world.bell, self.world.clock)
        try:
            await_run(self.run_id, self.token, tools)
        except (Crash, GuardError):
            self.world.workflow.waiting.discard(self.token)
            raise
        return "Waiting"

    def _report(self) -> State:
        result = report(self.run_id, ReportTools(self.world.store, self.world.journal, self.world.clock))
        self.world.workflow.end(result.execution_arn, "SUCCEEDED")
        return "Ended"


def watch_tools(world: World, stops_per_hour: int = 3) -> WatchTools:
    return WatchTools(
        world.store,
        world.jobs,
        world.metrics,
        world.journal,
        world.alerts,
        world.workflow,
        world.clock,
        plain_judge,
        stops_per_hour,
        mails_per_hour=1000,
        workers=OneByOne(),
    )


def watch(world: World, stops_per_hour: int = 3, ended_execution: str = "") -> Ticked:
    """One tick of the watch, where an execution is named one at the event of its end."""
    world.seam.begin("watch")
    deadline = world.clock.now() + timedelta(seconds=50)
    return tick(watch_tools(world, stops_per_hour), deadline, ended_execution)


def start(world: World, run: Run) -> Machine:
    """Begins an execution of `run`, as preflight and plan have left it."""
    arn = world.workflow.start(run.execution_arn.rsplit(":", 1)[0], run.execution_arn.rsplit(":", 1)[1], "{}")
    world.store.add_run(replace(run, execution_arn=arn))
    return Machine(world, run.run_id)


def begun(world: World, of: Run) -> Machine:
    """A run that waits for its first job, which trains."""
    machine = start(world, of)
    while machine.step():
        pass
    world.jobs.train(job(world, machine).arn or "")
    return machine


def job(world: World, machine: Machine) -> JobRecord:
    """The run's newest job as stored."""
    return world.store.run(machine.run_id).jobs[-1]


def put(world: World, of: JobRecord, data: bytes) -> None:
    """The job's metric file, as it is now."""
    world.metrics.put(of.request.output_uri, (of.arn or "")[-12:], data)
