"""A run of many jobs played on: machine, nature, people, watch and clean-up, in rounds of a minute."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Self

from finetune_guard.core.asking import open_question
from finetune_guard.core.decisions import Reply, RunStatus
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.runs import Run
from finetune_guard.usecases.answer_run import AnswerTools, answer_run
from finetune_guard.usecases.clean_up import CleanedUp, CleanUpTools, clean_up
from finetune_guard.usecases.judge import Judgement, MetricFile
from finetune_guard.usecases.preflight import Asked, PreflightTools, preflight
from finetune_guard.usecases.ticked import Ticked
from finetune_guard.usecases.watch import tick
from tests.fakes.seam import Calm, Crash, Seam
from tests.fakes.world import World
from tests.usecases.machine import Machine, csv, plain_judge, start, watch_tools

MOST_ROUNDS = 150
#: The clean-up runs every so many rounds.
CLEAN_EVERY = 4
LOOKS = frozenset(
    {
        "store.control",
        "store.open_jobs",
        "store.open_runs",
        "store.pending_alerts",
        "store.models_to_delete",
    }
)

Nature = Callable[[World, JobRecord], None]


def leveled_judge(job: JobRecord, files: tuple[MetricFile, ...]) -> Judgement:
    """The plain judge, with the level that models are compared by."""
    judgement = plain_judge(job, files)
    if judgement.curve is None:
        return judgement
    seen = replace(judgement.curve.seen, training_level=judgement.curve.seen.last_loss)
    return replace(judgement, curve=replace(judgement.curve, seen=seen))


def look(world: World) -> Ticked:
    """One tick of the watch."""
    world.seam.begin("watch")
    tools = replace(watch_tools(world), judge=leveled_judge)
    return tick(tools, deadline=world.clock.now() + timedelta(seconds=50))


def clean(world: World) -> CleanedUp:
    """One clean-up."""
    world.seam.begin("clean_up")
    return clean_up(CleanUpTools(world.store, world.jobs, world.clock))


def stored(world: World, of: Run) -> Run:
    """The run as stored, read past the seam: a test makes no calls of ours."""
    seam, world.store.seam = world.store.seam, Seam()
    try:
        return world.store.run(of.run_id)
    finally:
        world.store.seam = seam


def levels(**last: float) -> Nature:
    """Moves a job a phase on; its file comes with its end, at the loss that the script has by its part."""

    def nature(world: World, job: JobRecord) -> None:
        described = world.jobs.advance(job.arn or "")
        if described.status == "Completed":
            loss = last.get(f"{job.key.part}_{job.key.candidate}".replace("-", "_"), 1.0)
            world.metrics.put(job.request.output_uri, described.arn[-12:], csv(2.0, 1.5, loss))

    return nature


@dataclass(frozen=True)
class Story:
    """A run and what becomes of its jobs.

    Attributes:
        run: As preflight and plan leave it.
        nature: Moves a running job on, once a round.
        answer: What a person answers when asked; None for nobody.
    """

    run: Run
    nature: Nature
    answer: Reply | None = None


@dataclass
class Play:
    """A story being played; whoever dies is tried again in the next round.

    Attributes:
        machine: The execution that carries the run; None while there is none.
        executions: How many there have been.
        mortal: Whether an execution whose process dies is aborted, and not tried again.
        blind: Rounds without a tick of the watch.
        clean_every: The clean-up runs every so many rounds.
    """

    story: Story
    world: World = field(default_factory=World)
    machine: Machine | None = None
    executions: int = 0
    mortal: bool = False
    blind: range = range(0)
    clean_every: int = CLEAN_EVERY
    rounds: int = 0
    tokens: int = 0

    @property
    def run(self) -> Run:
        """The run as stored."""
        return stored(self.world, self.story.run)

    def to_the_end(self) -> Self:
        """Rounds until nothing happens for longer than from one clean-up to the next."""
        quiet = 0
        while self.rounds < MOST_ROUNDS:
            before = len(self.world.seam.calls)
            self.round()
            idle = self._over() and set(self.world.seam.calls[before:]) <= LOOKS
            quiet = quiet + 1 if idle else 0
            if quiet > max(3, self.clean_every):
                return self
        state = self.machine.state if self.machine else "no execution"
        raise AssertionError(f"not quiet after {MOST_ROUNDS} rounds: {state}, {self.run.status}")

    def round(self) -> None:
        """One minute."""
        if self.machine is None:
            self.begin()
        if not self.survive(self.machine_moves) and self.mortal:
            self.kill()
        self.nature()
        self.survive(self.person_answers)
        if self.rounds not in self.blind:
            self.survive(lambda: look(self.world))
        if self.rounds % self.clean_every == 0:
            self.survive(lambda: clean(self.world))
        self.world.clock.advance(minutes=1)
        self.rounds += 1

    def begin(self) -> None:
        """Starts the run, or takes it up once the watch has seen that its execution is gone."""
        if not self.executions:
            self.machine = start(self.world, self.story.run)
            self.executions = 1
            return
        now = self.run
        if now.aborted or (now.ended and now.status is not RunStatus.COMPLETED):
            self.resume()

    def resume(self) -> None:
        """A person takes the run up with a new execution."""
        self.executions += 1
        machine_arn, _, name = self.story.run.execution_arn.rpartition(":")
        document = {"resume": self.story.run.run_id}
        arn = self.world.workflow.start(machine_arn, f"{name}-{self.executions}", str(document))
        self.world.seam.begin("preflight")
        asked = Asked(document, self.story.run.mode, arn, self.world.clock.now())
        run = preflight(asked, preflight_tools(self.world))
        assert run.run_id == self.story.run.run_id, run.problems
        self.machine = Machine(self.world, run.run_id, tokens=self.tokens)

    def kill(self) -> None:
        """The execution is aborted where it stands."""
        assert self.machine is not None
        self.tokens = self.machine.tokens
        self.machine = None
        self.world.workflow.waiting.clear()
        self.world.workflow.end(self.run.execution_arn, "ABORTED")

    def machine_moves(self) -> None:
        """The execution goes as far as it can."""
        while self.machine is not None and self.machine.step():
            pass

    def nature(self) -> None:
        """Every running job goes a phase on."""
        for job in self.run.jobs:
            found = self.world.jobs.described.get(job.arn or "")
            if found and found.status in ("InProgress", "Stopping"):
                self.story.nature(self.world, job)

    def person_answers(self) -> None:
        """A person answers what is asked."""
        if self.story.answer is not None and open_question(self.run) is not None:
            self.world.seam.begin("answer_run")
            tools = AnswerTools(self.world.store, self.world.clock)
            answer_run(self.story.run.run_id, self.story.answer, tools)

    def survive(self, act: Callable[[], object]) -> bool:
        """Whether the process lived."""
        try:
            act()
        except Crash:
            self.world.seam.interrupt = Calm()
            return False
        return True

    def _over(self) -> bool:
        if self.machine is None:
            return self.run.status is RunStatus.COMPLETED
        return self.machine.state == "Ended"


def preflight_tools(world: World) -> PreflightTools:
    """What pre-flight needs of the world."""
    return PreflightTools(
        files=world.datasets,
        buckets=world.buckets,
        roles=world.roles,
        jobs=world.jobs,
        store=world.store,
        clock=world.clock,
        region="us-west-2",
        account="123456789012",
        bucket="guard-bucket",
        data_buckets=(),
        role_arns=("arn:aws:iam::123456789012:role/bedrock",),
    )
