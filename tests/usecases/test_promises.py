"""Jobs, crashes, lost replies, aborts, late and garbled files in any order: what must always hold, holds.

The promises are those of docs/architecture.md, "What must always hold". The machine below is nature and the
people; the code under test is the watch, the machine's Lambdas and next_action.
"""

from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from finetune_guard.core.decisions import AutoStop, OnAbort
from finetune_guard.core.errors import ServiceUnavailableError
from finetune_guard.core.jobs import JobRecord, StopReason
from finetune_guard.core.observations import Control
from finetune_guard.core.plans import Plan, Stage
from finetune_guard.core.runs import Run
from tests.builders import plan, run
from tests.fakes.seam import Calm, Crash, CrashAt, Faults, Seam, When
from tests.fakes.world import World
from tests.usecases.machine import csv, start, watch

GOOD = csv(2.0, 1.5, 1.2)
BAD = csv(2.0, 50.0, 60.0)
GARBLED = b"step_number,epoch_number,training_loss\n1,0,\xff\xfe\n"
MOST_ROUNDS = 200


class Promises(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.auto_stop = AutoStop.ON
        self.crashes = 0
        self.aborted = False
        self.stops_while_killed = 0
        self.machine = start(self.world, run(plan=self.plan()))

    def plan(self) -> Plan:
        return plan(auto_stop=AutoStop.ON, on_abort=OnAbort.STOP, max_hours=3)

    def look(self) -> None:
        watch(self.world)

    def jobs(self) -> tuple[JobRecord, ...]:
        return self._stored().jobs

    def _stored(self) -> Run:
        store = self.world.store
        seam, store.seam = store.seam, Seam()
        try:
            return store.run(self.machine.run_id)
        finally:
            store.seam = seam

    def running(self) -> list[str]:
        return [arn for arn, job in self.world.jobs.described.items() if job.status == "InProgress"]

    def _survive(self, act: Callable[[], object]) -> None:
        stops = self.world.jobs.calls.count("stop")
        try:
            act()
        except Crash:
            self.crashes += 1
        except ServiceUnavailableError:
            pass
        finally:
            self.world.seam.interrupt = Calm()
        if self.killed:
            self.stops_while_killed += self.world.jobs.calls.count("stop") - stops

    @property
    def killed(self) -> bool:
        store = self.world.store
        seam, store.seam = store.seam, Seam()
        try:
            return store.control().kill_switch
        finally:
            store.seam = seam

    @rule()
    def machine_moves(self) -> None:
        if not self.aborted:
            self._survive(self.machine.step)

    @rule()
    def watch_ticks(self) -> None:
        self._survive(self.look)

    @rule(nth=st.integers(0, 12), when=st.sampled_from(["before", "after"]), ticking=st.booleans())
    def process_dies(self, nth: int, when: When, ticking: bool) -> None:
        self.world.seam.interrupt = CrashAt(nth, when)
        if ticking or self.aborted:
            self._survive(self.look)
        else:
            self._survive(self.machine.step)

    @rule(
        call=st.sampled_from(
            ["jobs.create", "jobs.get", "jobs.stop", "metrics.files", "alerts.publish", "workflow.complete"]
        ),
        when=st.sampled_from(["before", "after"]),
    )
    def service_fails_or_loses_its_reply(self, call: str, when: When) -> None:
        self.world.seam.interrupt = Faults().add(call, ServiceUnavailableError("throttled"), when=when)
        if not self.aborted:
            self._survive(self.machine.step)
        self.world.seam.interrupt = Faults().add(call, ServiceUnavailableError("throttled"), when=when)
        self._survive(self.look)

    @rule(minutes=st.integers(1, 40))
    def time_passes(self, minutes: int) -> None:
        self.world.clock.advance(minutes=minutes)

    @rule(data=st.data())
    def job_moves_on(self, data: st.DataObject) -> None:
        moving = [
            arn for arn, j in self.world.jobs.described.items() if j.status in ("InProgress", "Stopping")
        ]
        if moving:
            self.world.jobs.advance(data.draw(st.sampled_from(moving)))

    @rule(content=st.sampled_from([GOOD, BAD, GARBLED]), data=st.data())
    def file_appears_or_changes(self, content: bytes, data: st.DataObject) -> None:
        if self.world.jobs.described:
            arn = data.draw(st.sampled_from(sorted(self.world.jobs.described)))
            self.world.metrics.put(self.world.jobs.requests[arn].output_uri, arn[-12:], content)

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def person_stops_a_job(self, data: st.DataObject) -> None:
        arn = data.draw(st.sampled_from(self.running()))
        self.world.jobs.edit(arn, status="Stopping")

    @precondition(lambda self: self.running())
    @rule(data=st.data())
    def job_fails(self, data: st.DataObject) -> None:
        self.world.jobs.fail(data.draw(st.sampled_from(self.running())), "Internal error on record 'secret'.")

    @precondition(lambda self: self.machine.state != "Ended" and not self.aborted)
    @rule()
    def person_aborts_the_execution(self) -> None:
        self.aborted = True
        self.world.workflow.waiting.clear()
        self.world.workflow.end(self._stored().execution_arn, "ABORTED")

    @rule(on=st.booleans())
    def person_turns_the_kill_switch(self, on: bool) -> None:
        store = self.world.store
        seam, store.seam = store.seam, Seam()
        store.set_control(Control(kill_switch=on))
        store.seam = seam

    @invariant()
    def at_most_one_job_for_each_key(self) -> None:
        tokens = Counter(request.token for request in self.world.jobs.requests.values())
        assert all(count == 1 for count in tokens.values())
        assert set(tokens) <= {job.key.token for job in self.jobs()}

    @invariant()
    def no_full_run_without_an_accepted_rehearsal(self) -> None:
        stages = {job.key.stage for job in self.jobs()}
        if Stage.FULL in stages:
            policies = [
                d.decision.policy for d in self._stored().decisions if d.about.startswith("rehearsal")
            ]
            assert policies[-1] in ("rehearsal.healthy", "rehearsal.inconclusive.proceed")

    @invariant()
    def never_a_stop_without_an_order_and_evidence(self) -> None:
        for job in self.jobs():
            if job.stop and job.stop.called_at:
                assert job.stop.sentence
                assert job.stop.called_at >= job.stop.decided_at
            if job.stop and job.stop.reason is StopReason.FINDING:
                assert job.seen.rows > 0

    @invariant()
    def the_kill_switch_holds_every_stop_back(self) -> None:
        assert self.stops_while_killed == 0

    @invariant()
    def what_was_seen_is_in_the_journal(self) -> None:
        for job in self.jobs():
            for sighting in job.sightings:
                version = sighting.etag.strip('"')
                assert any(version in key for key in self.world.journal.objects)

    @invariant()
    def no_mail_quotes_a_failure_message(self) -> None:
        assert all("secret" not in alert.text + alert.subject for alert in self.world.alerts.published)

    def teardown(self) -> None:
        """Once the world is calm, everything comes to an end, and everybody has been told."""
        self.person_turns_the_kill_switch(False)
        for _ in range(MOST_ROUNDS):
            while not self.aborted and self.machine.step():
                pass
            for arn, job in list(self.world.jobs.described.items()):
                if job.status in ("InProgress", "Stopping"):
                    self.world.jobs.advance(arn)
            self.look()
            self.world.clock.advance(minutes=20)
            if self._quiet():
                break
        stored = self._stored()
        assert stored.ended
        assert all(job.closed for job in stored.jobs)
        mine = [alert for alert in self.world.alerts.published if alert.run_id == stored.run_id]
        told = Counter(alert.alert_id for alert in mine)
        recorded = {alert.alert_id for alert in self.world.store.alerts(stored.run_id)}
        assert set(told) == recorded
        assert sum(told.values()) - len(told) <= self.crashes + self.world.alerts.calls.count("publish")

    def _quiet(self) -> bool:
        stored = self._stored()
        return bool(
            stored.ended and all(j.closed for j in stored.jobs) and not self.world.store.pending_alerts()
        )


TestPromises = Promises.TestCase
TestPromises.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
