"""Runs of many jobs under all that may happen, with people who abort, take up and answer or never do.

What must hold for a run of two jobs must hold here too, and beside it what segments, sweeps, budget and
resumes promise.
"""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from finetune_guard.core.asking import open_question
from finetune_guard.core.decisions import AutoStop, OnAbort, OnInconclusive, Reply, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.plans import AskOrders, Plan, Stage
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import at_most_spent
from finetune_guard.usecases.answer_run import AnswerTools, answer_run
from finetune_guard.usecases.preflight import Asked, preflight
from tests.builders import SWEEP, segmented
from tests.fakes.seam import Calm
from tests.usecases.long_run import clean, look, preflight_tools
from tests.usecases.machine import Machine, csv
from tests.usecases.test_promises import Promises

#: Enough for the plan and for two dollars of mishaps.
BUDGET = Decimal("14.10")
ACCEPTED = frozenset(
    {
        "rehearsal.healthy",
        "rehearsal.inconclusive.proceed",
        "rehearsal.answered.proceed",
        "rehearsal.unanswered.proceed",
        "sweep.chosen",
        "sweep.tie",
    }
)


class LongPromises(Promises):
    """A sweep of three rates, a probe and three segments."""

    def __init__(self) -> None:
        self.resumes = 0
        super().__init__()

    def plan(self) -> Plan:
        return segmented(
            3,
            probe=True,
            sweep=SWEEP,
            auto_stop=AutoStop.ON,
            on_abort=OnAbort.ALERT,
            max_hours=3,
            budget_usd=BUDGET,
        )

    def look(self) -> None:
        look(self.world)

    @rule(rounds=st.integers(1, 15), level=st.sampled_from([0.8, 1.0, 1.01, 1.1, 1.3]))
    def all_goes_well_for_a_while(self, rounds: int, level: float) -> None:
        for _ in range(rounds):
            while not self.aborted and self.machine.step():
                pass
            for arn in self.running():
                if self.world.jobs.advance(arn).status == "Completed":
                    uri = self.world.jobs.requests[arn].output_uri
                    self.world.metrics.put(uri, arn[-12:], csv(2.0, 1.5, level))
            self._survive(self.look)
            self.world.clock.advance(minutes=1)

    @rule()
    def models_are_cleaned_up(self) -> None:
        self._survive(lambda: clean(self.world))

    @rule(reply=st.sampled_from(list(Reply)))
    def a_person_answers(self, reply: Reply) -> None:
        tools = AnswerTools(self.world.store, self.world.clock)
        question = open_question(self._stored())
        answered = answer_run(self.machine.run_id, reply, tools)
        assert not answered.accepted or question is not None

    @precondition(lambda self: self.aborted or self.machine.state == "Ended")
    @rule()
    def a_person_takes_the_run_up(self) -> None:
        before = self._stored()
        self.world.seam.interrupt = Calm()
        started = f"again-{self.world.seam.calls.count('workflow.start')}"
        arn = self.world.workflow.start(before.execution_arn.rpartition(":")[0], started, "{}")
        asked = Asked({"resume": before.run_id}, before.mode, arn, self.world.clock.now())
        taken = preflight(asked, preflight_tools(self.world))
        if taken.run_id != before.run_id:
            self._refused(taken)
            return
        self.resumes += 1
        self.aborted = False
        self.machine = Machine(self.world, before.run_id, tokens=self.machine.tokens)

    def _refused(self, run: Run) -> None:
        """An execution that may not take the run up ends as refused, and changes nothing of the run."""
        refused = Machine(self.world, run.run_id)
        while refused.step():
            pass
        assert self.world.store.run(run.run_id).status is RunStatus.REFUSED

    @invariant()
    def no_full_run_without_an_accepted_rehearsal(self) -> None:
        if any(job.key.stage is not Stage.REHEARSAL for job in self.jobs()):
            assert ACCEPTED & {decided.decision.policy for decided in self._stored().decisions}

    @invariant()
    def no_job_starts_from_a_model_that_is_not_there(self) -> None:
        assert self.world.jobs.dead_starts == []

    @invariant()
    def at_most_two_rates_are_tried_at_once(self) -> None:
        assert sum(job.rehearsal and not job.closed for job in self.jobs()) <= 2

    @invariant()
    def one_segment_is_trained_at_a_time(self) -> None:
        assert sum(not job.rehearsal and not job.closed for job in self.jobs()) <= 1

    @invariant()
    def what_may_have_been_spent_is_never_above_the_budget(self) -> None:
        spent = at_most_spent(self._stored())
        assert spent is not None
        assert spent <= BUDGET

    @invariant()
    def the_attempt_rises_only_when_a_person_takes_the_run_up(self) -> None:
        run = self._stored()
        assert run.attempt == self.resumes == len(run.executions)
        assert all(job.key.attempt <= run.attempt for job in run.jobs)

    @invariant()
    def what_was_completed_is_never_made_again(self) -> None:
        done = {_setting(job): job.key.attempt for job in self.jobs() if _completed(job)}
        for job in self.jobs():
            assert job.key.attempt <= done.get(_setting(job), job.key.attempt)

    @invariant()
    def the_best_model_so_far_is_there(self) -> None:
        run = self._stored()
        kept = run.kept_job
        assert kept is None or kept.model in self.world.jobs.models

    def teardown(self) -> None:
        """However it ended, one model of a run that came to something is left, and it is the kept one."""
        super().teardown()
        run = self._stored()
        self.world.clock.advance(hours=8 * 24)
        clean(self.world)
        assert self.world.jobs.models == ({run.kept_job.model} if run.kept_job else self._whole())
        if run.status is RunStatus.COMPLETED:
            assert run.kept

    def _whole(self) -> set[str]:
        """Models of a full run that was one job; they are never thrown away."""
        return {job.model for job in self.jobs() if job.key.part == "full"} - {""}


def _setting(job: JobRecord) -> tuple[str, int]:
    return job.key.part, job.key.candidate


def _completed(job: JobRecord) -> bool:
    return job.status is JobStatus.COMPLETED


class AskedPromises(LongPromises):
    """One rehearsal that may ask a person, and is the first of three segments."""

    def plan(self) -> Plan:
        return segmented(
            3,
            rehearsed=True,
            on_inconclusive=OnInconclusive.ASK,
            ask=AskOrders(2.0, Reply.PROCEED),
            auto_stop=AutoStop.ON,
            on_abort=OnAbort.STOP,
            max_hours=3,
            budget_usd=BUDGET,
        )

    @precondition(lambda self: self.running())
    @rule(reply=st.sampled_from([None, *Reply]))
    def a_job_ends_without_a_file(self, reply: Reply | None) -> None:
        """A rehearsal of which nothing was seen raises a question, which may be answered at once."""
        self.world.jobs.complete(self.running()[0])
        for _ in range(2):
            self.world.clock.advance(minutes=10)
            self._survive(self.look)
            while not self.aborted and self.machine.step():
                pass
        if reply is not None:
            self.a_person_answers(reply)


@pytest.mark.parametrize("promises", [LongPromises, AskedPromises])
def test_the_promises_hold_for_long_runs(promises: type[LongPromises]) -> None:
    run_state_machine_as_test(
        promises,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
