"""Whoever looks on from a terminal: follows, monitors, asks the doctor."""

from finetune_guard.cli.target import Target
from finetune_guard.core.decisions import AutoStop
from finetune_guard.usecases.doctor import examine
from finetune_guard.usecases.doctor_patient import Wishes
from finetune_guard.usecases.metrics_logs import Copied, copy_logs
from finetune_guard.usecases.monitor_job import MonitorTools, monitor
from tests.builders import run, running
from tests.cli.session import FakeSession
from tests.cli.waiting import ScriptedWaiter
from tests.crashes.scenes import TICKS, Scene
from tests.fakes.health import REGION, ROLE, STACK, VERSION
from tests.fakes.seam import Seamed, outgoing
from tests.fakes.world import World
from tests.usecases.machine import csv, plain_judge


class LogsOf(Seamed):
    """A log folder whose every look and append is a call; what it has lies beside the journal."""

    port = "logs"

    def __init__(self, world: World) -> None:
        super().__init__(world.seam)
        self.kept = world.journal.objects

    @outgoing
    def lines(self, job_name: str, name: str) -> frozenset[str]:
        return frozenset(self.kept.get(f"logs/{job_name}/{name}", b"").decode().splitlines())

    @outgoing
    def append(self, job_name: str, name: str, text: str) -> None:
        key = f"logs/{job_name}/{name}"
        self.kept[key] = self.kept.get(key, b"") + text.encode()


def logs(world: World) -> dict[str, bytes]:
    """What the folder has."""
    return {key: kept for key, kept in world.journal.objects.items() if key.startswith("logs/")}


def follows() -> Scene:
    """Whoever follows a run copies the logs that the watch has written."""
    world, of = World(), run(jobs=(running(),))
    for log in ("metrics", "events"):
        world.journal.objects[f"metrics/{of.jobs[0].request.job_name}/{log}.jsonl"] = b"1\n2\n3\n"

    def copied(world: World) -> None:
        copy_logs(of, Copied({}), world.journal, LogsOf(world))

    return Scene(world, (("metrics_logs", copied),), logs)


def trains_on(world: World) -> None:
    """A live curve of two rows that gets bad ones, until the job is stopped."""
    (described,) = world.jobs.described.values()
    if described.status == "Stopping":
        world.jobs.advance(described.arn)
    elif described.status == "InProgress":
        there = world.metrics.contents.values()
        rows = max((len(content.data.splitlines()) - 1 for content in there), default=0) + 1
        curve = csv(*[2.0] * min(rows, 2), *[90.0] * (rows - 2))
        world.metrics.put(described.output_uri, described.arn[-12:], curve)


def monitors() -> Scene:
    """An armed monitor sees a live curve blow up, stops the job and sees it confirmed.

    Left: a monitor that begins anew dates its events anew, so the log may tell an event twice.
    """
    world = World()
    world.jobs.train(world.jobs.create(running().request))

    def monitored(world: World) -> None:
        waiter = ScriptedWaiter(world.clock, [lambda: trains_on(world)] * 12)
        tools = MonitorTools(world.jobs, world.metrics, plain_judge, LogsOf(world), world.clock, waiter)
        (arn,) = world.jobs.described
        list(monitor(arn, AutoStop.ON, tools, interval=30))

    def end(world: World) -> object:
        (described,) = world.jobs.described.values()
        metrics, events = (logs(world)[f"logs/{described.name}/{log}.jsonl"] for log in ("metrics", "events"))
        assert len(set(metrics.splitlines())) == len(metrics.splitlines())
        return described.status, world.jobs.calls.count("stop"), b'"stopping"' in events

    return Scene(world, (("monitor_job", monitored),), end)


def tests_its_alerts() -> Scene:
    """The doctor sends a test alert, and the watch publishes it.

    Left: a doctor that is asked again sends an alert of its own.
    """
    world = World()
    world.roles.put(ROLE, {"Statement": []})

    def examined(world: World) -> None:
        examine(FakeSession(world)(Target(STACK, REGION)), Wishes(VERSION))

    def end(world: World) -> object:
        unsent = world.store.pending_alerts()
        return {alert.kind for alert in world.alerts.published}, unsent

    return Scene(world, (("doctor", examined), *TICKS), end)
