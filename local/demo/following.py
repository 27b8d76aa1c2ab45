"""Starts the stories and follows them all at once, until each has ended and its mails have arrived."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from finetune_guard.core.alerts import AlertState
from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.observations import Execution
from finetune_guard.core.runs import Run
from finetune_guard.ports import DatasetFiles, RunStore
from finetune_guard.usecases.start_run import StartTools, start_run
from finetune_guard.usecases.waiting import Waiter
from local.demo.data import Pair
from local.demo.endings import Ending
from local.demo.stories import Story
from local.inbox.mails import Mail

ALIVE = "RUNNING"


@dataclass(frozen=True, slots=True)
class World:
    """What the stories need of the deployed stack.

    Attributes:
        start: Files, Step Functions and the time.
        store: The table of runs.
        bucket: The stack's bucket.
        machine: The state machine of a mode.
        fetch_mails: Empties the queue into the inbox; what is new.
        waiter: Waits between two looks.
    """

    start: StartTools
    store: RunStore
    bucket: str
    machine: Callable[[Mode], str]
    fetch_mails: Callable[[], tuple[Mail, ...]]
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class Seen:
    """A story as it was last seen.

    Attributes:
        story: The story.
        run_id: Its run.
        execution: The execution.
        run: The record; None until the machine has written it.
        mails: What has arrived about it.
        settled: Whether it has ended, and all that is to be told has arrived.
        begun: When it was started, on the monotonic clock.
        seconds: From its start to the last look that mattered.
    """

    story: Story
    run_id: str
    execution: Execution
    run: Run | None = None
    mails: tuple[Mail, ...] = ()
    settled: bool = False
    begun: float = 0.0
    seconds: float = 0.0

    @property
    def ending(self) -> Ending:
        """The story as far as it came."""
        return Ending(self.story, self.execution, self.run, self.mails, self.seconds)


def upload(stories: Sequence[Story], pairs: Sequence[Pair], bucket: str, files: DatasetFiles) -> None:
    """Puts each story's training data where its config says."""
    for story in stories:
        files.write(f"s3://{bucket}/{story.data_key()}", [story.data.content(pairs)])


def begin(story: Story, world: World) -> Seen:
    """Starts a story's machine with its config, as a person does in the console."""
    begun = time.monotonic()
    config, machine = story.config(world.bucket), world.machine(story.mode)
    started = start_run(config, story.name, machine, world.start)
    execution = world.start.workflow.execution(started.execution_arn)
    return Seen(story, started.run_id, execution, begun=begun)


def begin_all(stories: Sequence[Story], world: World, gap: float, longest: float) -> tuple[Seen, ...]:
    """Begins the stories: the one that lasts longest first, the others once its job is there, a little apart.

    Args:
        stories: In the order in which they are to be shown.
        world: What they need of the stack.
        gap: Seconds between two.
        longest: Seconds after which the others begin anyhow.
    """
    first = max(stories, key=lambda story: story.frozen)
    begun = {first.name: begin(first, world)}
    await_job(begun[first.name], world, longest)
    for story in (story for story in stories if story is not first):
        begun[story.name] = begin(story, world)
        world.waiter.wait(gap)
    return tuple(begun[story.name] for story in stories)


def await_job(seen: Seen, world: World, longest: float) -> None:
    """Waits until a story's job is there, or never will be, or `longest` seconds are over.

    A function that is called by five at once is started five times, and each start costs seconds of a core:
    who comes after the first finds every function warm.
    """
    deadline = time.monotonic() + longest
    while not _has_job(seen, world) and time.monotonic() < deadline:
        world.waiter.wait(1.0)


def _has_job(seen: Seen, world: World) -> bool:
    """Whether a story's first job is there, or never will be."""
    run = _run(seen, world.store)
    over = world.start.workflow.execution(seen.execution.arn).status != ALIVE
    return over or bool(run and run.wait)


def follow(
    stories: Sequence[Seen], world: World, seconds: float, interval: float
) -> Iterator[tuple[Seen, ...]]:
    """Yields the stories as they stand, again and again, until all are settled or the time is over.

    Args:
        stories: As they were begun.
        world: What they need of the stack.
        seconds: The time they have.
        interval: Seconds between two looks.
    """
    deadline, seen = time.monotonic() + seconds, tuple(stories)
    while True:
        arrived = world.fetch_mails()
        seen = tuple(each if each.settled else _look(each, world, arrived) for each in seen)
        yield seen
        if all(each.settled for each in seen) or time.monotonic() > deadline:
            return
        world.waiter.wait(interval)


def _look(before: Seen, world: World, arrived: tuple[Mail, ...]) -> Seen:
    mine = tuple(mail for mail in arrived if mail.run_id == before.run_id)
    mails = tuple({mail.message_id: mail for mail in (*before.mails, *mine)}.values())
    seconds = time.monotonic() - before.begun
    now = replace(before, run=_run(before, world.store), mails=mails, seconds=seconds)
    if now.execution.status == ALIVE:
        now = replace(now, execution=world.start.workflow.execution(before.execution.arn))
    return replace(now, settled=_is_settled(now, world.store))


def _run(seen: Seen, store: RunStore) -> Run | None:
    try:
        return store.run(seen.run_id)
    except NotFoundError:
        return None


def _is_settled(seen: Seen, store: RunStore) -> bool:
    if seen.execution.status == ALIVE:
        return False
    if seen.run is None:
        return True
    alerts = store.alerts(seen.run_id)
    sent = {alert.message_id for alert in alerts if alert.state is AlertState.SENT}
    told = len(sent) == len(alerts) and sent <= {mail.message_id for mail in seen.mails}
    return seen.run.ended and told
