"""What is ordered of a run that goes on, or has come to its end."""

from dataclasses import replace

from finetune_guard.core.decisions import AutoStop, OnInconclusive, Reply
from finetune_guard.core.names import JobKey
from finetune_guard.core.observations import Control
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.advance import AdvanceTools, advance
from finetune_guard.usecases.answer_run import AnswerTools, answer_run
from finetune_guard.usecases.clean_up import CleanUpTools, clean_up
from finetune_guard.usecases.report import ReportTools, report
from finetune_guard.usecases.stop_run import StopTools, stop_run
from tests.builders import completed, plan, run, running
from tests.cli.waiting import ScriptedWaiter
from tests.crashes.scenes import NAME, STOPPED, TICKS, Scene, store_run
from tests.fakes.world import World
from tests.usecases.machine import begun, csv, job, put, watch


def cleans_up() -> Scene:
    """Two models that nobody needs."""
    world = World()
    probe = replace(completed(), key=JobKey(NAME, Stage.PROBE))
    store_run(world, run(jobs=(completed(), replace(probe, model_arn=f"{probe.model}-probe"))))

    def cleaned(world: World) -> None:
        clean_up(CleanUpTools(world.store, world.jobs, world.clock))

    def end(world: World) -> object:
        gone = [bool(job.model_deleted_at) for job in world.store.run(NAME).jobs]
        return gone, frozenset(world.jobs.models)

    return Scene(world, (("clean_up", cleaned),), end)


def answers() -> Scene:
    """A person answers. Left: one whose answer was not confirmed is told at the second try that it stands."""
    asking, world = run(plan=plan(on_inconclusive=OnInconclusive.ASK)), World()
    store_run(world, replace(asking, jobs=(completed(verdict=VerdictKind.INCONCLUSIVE),)))
    advance(NAME, AdvanceTools(world.store, world.clock))

    def answered(world: World) -> None:
        answer_run(NAME, Reply.PROCEED, AnswerTools(world.store, world.clock))

    return Scene(world, (("answer_run", answered),), lambda world: replies(world.store.run(NAME)))


def replies(of: Run) -> list[Reply | None]:
    """What was answered to each question."""
    return [question.reply for question in of.questions]


def two_jobs() -> World:
    """A run two of whose candidates train."""
    world, of = World(), run()
    world.store.add_run(of)
    for candidate in (0, 1):
        made = running(of, candidate=candidate)
        world.store.add_job(replace(made, arn=world.jobs.create(made.request)))
        world.jobs.train(world.store.run(NAME).jobs[-1].arn or "")
    return world


def stops() -> Scene:
    """A person stops two jobs; the watch carries it out."""

    def ordered(world: World) -> None:
        stop_run(NAME, StopTools(world.store, world.clock, ScriptedWaiter(world.clock)))

    return Scene(two_jobs(), (("stop_run", ordered), *TICKS, STOPPED, *TICKS), stopped)


def stopped(world: World) -> object:
    """Each job's stop, what the service makes of it, and what was told."""
    jobs = world.store.run(NAME).jobs
    orders = [job.stop and (job.stop.reason, job.stop.outcome) for job in jobs]
    shown = [described.status for described in world.jobs.described.values()]
    return orders, shown, frozenset(alert.alert_id for alert in world.alerts.published)


def with_the_kill_switch() -> Scene:
    """A live curve blows up while the kill switch is on; it is stopped once it is off again."""
    world = World()
    machine = begun(world, run(plan=plan(rehearsal=None, auto_stop=AutoStop.ON)))
    put(world, job(world, machine), csv(2.0))
    watch(world)
    put(world, job(world, machine), csv(2.0, 50.0, 60.0))

    def off(world: World) -> None:
        world.store.set_control(Control())

    world.store.set_control(Control(kill_switch=True))
    return Scene(world, (*TICKS, ("kill_switch", off), *TICKS, STOPPED, *TICKS), stopped)


def fails() -> Scene:
    """The machine gives up and tells so; the watch mails it."""
    world = World()
    store_run(world, run(jobs=(completed(),)))

    def told(world: World) -> None:
        report(NAME, ReportTools(world.store, world.journal, world.clock), "Lambda.Unknown")

    def end(world: World) -> object:
        stored = world.store.run(NAME)
        policies = [decided.decision.policy for decided in stored.decisions]
        mails = [alert.kind for alert in world.alerts.published]
        return stored.status, policies, stored.report_uri, set(world.journal.objects), set(mails)

    return Scene(world, (("report", told), *TICKS), end)
