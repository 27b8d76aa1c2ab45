"""A night of the whole guard in one process: one seed, one world."""

from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random

from finetune_guard.core.job_request import JobRequest
from finetune_guard.usecases.clean_up import CleanUpTools, clean_up
from finetune_guard.usecases.watch import tick
from tests.fakes.clock import START
from tests.fakes.seam import Seam
from tests.fakes.world import World
from tests.simulation.acting import Persons
from tests.simulation.carrying import Carrier
from tests.simulation.faults import Drawn, Storm, Weather
from tests.simulation.lagging import LaggingStore
from tests.simulation.nature import Nature
from tests.simulation.night import Looked, Night, Promises
from tests.simulation.people import planned
from tests.simulation.processes import Process, Stage
from tests.simulation.promises import all_promises
from tests.simulation.runs import starting
from tests.simulation.timeline import Skewed, Timeline
from tests.usecases.long_run import leveled_judge
from tests.usecases.machine import watch_tools

#: Minutes that a clock may be off, either way.
SKEW = 15.0
ROLES = ("watch", "steps", "people", "clean-up")
#: Minutes between two clean-ups.
CLEAN_EVERY = 60
#: Jobs of other people, which are none of ours.
FOREIGN = 2
MOST_OPEN = 7


@dataclass(frozen=True)
class Scale:
    """How large a night is.

    Attributes:
        hours: The night itself.
        runs: That are started in it.
        calm: Hours after it within which everything must come to an end.
    """

    hours: int = 24
    runs: int = 18
    calm: int = 72


NIGHT = Scale()


class Simulation:
    """The world of one seed.

    Args:
        seed: Everything that is drawn comes from it.
        scale: How large.
        weather: What goes wrong; drawn from the seed where None.
        promises: What is checked.
        patient: Whether the night goes on after a broken promise.
    """

    def __init__(
        self,
        seed: int,
        scale: Scale = NIGHT,
        weather: Weather | None = None,
        promises: Promises | None = None,
        patient: bool = False,
    ) -> None:
        random = Random(seed)
        storms, times, persons, runs, offs = (Random(random.getrandbits(64)) for _ in range(5))
        self.seed, self.scale, self.patient = seed, scale, patient
        self.steps = 0
        self.timeline = Timeline()
        self.timeline.after = self._checked
        self.storm = Storm(weather or Drawn(storms))
        self.stage = Stage(self.timeline, self.storm)
        self.world = self._made()
        self.offs = {role: timedelta(minutes=offs.uniform(-SKEW, SKEW)) for role in (*ROLES, "service")}
        self.world.clock = Skewed(self.timeline.clock, self.offs["service"])
        for fake in (self.world.jobs, self.world.metrics, self.world.workflow):
            fake.clock = self.world.clock
        self.night = Night(
            self.world,
            self.timeline.clock,
            all_promises() if promises is None else promises,
            lambda: self.stage.current,
            offs=self.offs,
            mistakes=self.stage.mistakes,
        )
        self.nature = Nature(seed, self.timeline, self.world, self._told)
        self.carrier = Carrier(self.timeline, self.stage, self.world, self.view)
        self.persons = Persons(self)
        self.times = times
        for number in range(FOREIGN):
            self._foreign(number)
        self.world.seam.interrupt = self.stage
        self.world.seam.witness = self._witness
        self._plan(persons, runs)

    def _made(self) -> World:
        world = World(clock=self.timeline.clock, seam=Seam())
        world.jobs.most_open = MOST_OPEN
        world.store = LaggingStore(world.seam, self.timeline.clock, self.seed)
        return world

    def play(self) -> Night:
        """Plays the night, then the calm after it, until a promise is broken or all is quiet."""
        try:
            self.timeline.until(START + timedelta(hours=self.scale.hours))
            self._calm()
        except BrokenNightError:
            pass
        return self.night

    def view(self, process: Process) -> World:
        """The world as a process sees it: with its own clock, and its own name as a writer of the table."""
        seen = copy(self.world)
        seen.clock = Skewed(self.timeline.clock, self.offs[process.role])
        seen.store = self.world.store.another_writer(process.name)
        return seen

    def _plan(self, persons: Random, runs: Random) -> None:
        minutes = self.scale.hours * 60
        for begins in starting(runs, self.scale.runs, max(1, minutes - 240)):
            self.timeline.at(_minute(begins.minute), partial(self.carrier.start, begins))
        for act in planned(persons, minutes):
            self.timeline.at(_minute(act.minute), partial(self.persons.act, act))
        self.timeline.at(_minute(0), self._minute)
        self.timeline.at(_minute(30), self._hour)

    def _checked(self) -> None:
        """After each thing that happened."""
        self.steps += 1
        self.night.check("step")
        if self.night.broken and not self.patient:
            raise BrokenNightError

    # The watch and the clean-up

    def _minute(self) -> None:
        """The schedule: each minute a tick, now and then none, two or a late one; then what waits."""
        self.timeline.soon(self._minute, minutes=1)
        drawn = self.times.random()
        if self.storm.calm or drawn > 0.09:
            self.tick()
        elif drawn > 0.06:
            self.timeline.soon(self.tick, seconds=self.times.uniform(60, 240))
        elif drawn > 0.03:
            self.timeline.soon(self.tick, seconds=0)
            self.timeline.soon(self.tick, seconds=0)
        for execution in self.carrier.executions:
            self.carrier.go(execution)

    def _told(self, arn: str) -> None:
        """Bedrock's event of a change, best effort."""
        self.night.ended.setdefault(arn, self.timeline.clock.now())
        for _ in range(self.times.choices((0, 1, 2), (5, 4, 1))[0]):
            self.timeline.soon(self.tick, seconds=self.times.uniform(1, 300))

    def tick(self, ended: str = "") -> None:
        before, began = self.night.effects, self.timeline.clock.now()

        def act(process: Process) -> None:
            view = self.view(process)
            tools = replace(watch_tools(view), judge=leveled_judge)
            ticked = tick(tools, view.clock.now() + timedelta(seconds=40), ended)
            self.night.look(Looked(before, began, ticked, process))

        self.stage.run("watch", act)

    def _hour(self) -> None:
        def act(process: Process) -> None:
            view = self.view(process)
            clean_up(CleanUpTools(view.store, view.jobs, view.clock))

        self.timeline.soon(self._hour, minutes=CLEAN_EVERY)
        self.stage.run("clean-up", act)

    # The service

    def _foreign(self, number: int) -> None:
        request = JobRequest(
            job_name=f"somebody-elses-{number}",
            model_name=f"somebody-elses-{number}",
            token=f"foreign{number}",
            base_model_id="amazon.nova-lite-v1:0:300k",
            role_arn="arn:aws:iam::123456789012:role/other",
            training_uri="s3://other/train.jsonl",
            validation_uri=None,
            output_uri="s3://other/out",
            hyperparameters={},
            tags={},
        )
        self.world.jobs.create(request)

    def _witness(self, call: str, given: tuple[object, ...], answer: object) -> None:
        known = len(self.night.created)
        self.night.witness(call, given, answer)
        if call == "jobs.create" and len(self.night.created) > known:
            self.nature.born(str(answer))
        elif call == "jobs.stop" and str(given[0]) in self.nature.fates:
            self.nature.stopping(str(given[0]))
        elif call == "workflow.heartbeat" and answer is True:
            for execution in self.carrier.executions:
                if execution.token == given[0]:
                    execution.heard = self.timeline.clock.now()

    # The calm

    def _calm(self) -> None:
        """Nothing goes wrong any more, nobody does anything, the kill switch is off."""
        self.storm.calm = True
        self.persons.switch(on=False)
        last = self.timeline.clock.now() + timedelta(hours=self.scale.calm)
        while self.timeline.clock.now() < last and not self._quiet():
            self.timeline.until(self.timeline.clock.now() + timedelta(minutes=30))
        self.night.check("calm")
        self._checked()
        self._eight_days_later()
        self.night.check("end")
        self._checked()

    def _quiet(self) -> bool:
        told = all(run.told for run in self.night.runs.values())
        closed = all(written.job.closed for written in self.night.jobs.values())
        sent = all(self.night.published[alert] for alert in self.night.alerts)
        return told and closed and sent and all(each.over for each in self.carrier.executions)

    def _eight_days_later(self) -> None:
        """A run can be taken up for a week; then what it would start from goes."""
        self.timeline.clock.advance(hours=8 * 24)

        def act(process: Process) -> None:
            view = self.view(process)
            clean_up(CleanUpTools(view.store, view.jobs, view.clock))

        for _ in range(2):
            self.stage.run("clean-up", act)


class BrokenNightError(Exception):
    """A promise was broken; the night is over."""


def _minute(minute: float) -> datetime:
    return START + timedelta(minutes=minute)
