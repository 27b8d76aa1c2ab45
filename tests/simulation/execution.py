"""One execution of infra's state machine: each state is a process that may fail and is tried again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from finetune_guard.core.decisions import Mode
from finetune_guard.core.runs import Run
from finetune_guard.usecases.preflight import Asked, preflight
from finetune_guard.usecases.report import ReportTools, report
from tests.fakes.clock import START
from tests.fakes.world import World
from tests.usecases.long_run import preflight_tools
from tests.usecases.machine import Machine, State

#: Seconds before a failed state is tried again (infra/constructs/run_states.py); then it is given up.
RETRIES = (5, 15)
#: Seconds until a job is created again that there was no room for (docs/operations.md).
QUOTA_WAIT = 300
HEARTBEAT = timedelta(minutes=60)
TIMEOUT = timedelta(minutes=360)


@dataclass
class Execution(Machine):
    """A Machine that also begins, waits for room, and reports its own failure.

    Attributes:
        arn: Its own.
        given: The run that it starts; None where it takes one up.
        resumes: The run that it takes up.
        failures: Times in a row that its state failed.
        busy: Whether a process of it runs.
        over: How it ended; "" while it goes on.
        heard: When its wait last heard of the watch.
        waits_since: When its wait began.
        unheard: Times that it gave up waiting.
        rests_until: Until then its next state is not tried.
    """

    arn: str = ""
    given: Run | None = None
    resumes: str = ""
    failures: int = 0
    busy: bool = False
    over: str = ""
    heard: datetime | None = None
    waits_since: datetime | None = None
    unheard: int = 0
    rests_until: datetime = START

    def moves(self) -> dict[State, Callable[[], State]]:
        return {
            **super().moves(),
            "Preflight": self._preflight,
            "WaitForQuota": lambda: "Next",
            "ReportFailure": self._report_failure,
        }

    def as_seen_by(self, world: World) -> None:
        """The next state runs in a process that sees the world so."""
        self.world = world

    def _preflight(self) -> State:
        if self.given is not None:
            self.world.store.add_run(self.given)
            return "Next"
        started = self.world.workflow.executions[self.arn].started_at
        asked = Asked({"resume": self.resumes}, Mode.REHEARSE_THEN_RUN, self.arn, started)
        self.run_id = preflight(asked, preflight_tools(self.world)).run_id
        return "Next"

    def _create(self) -> State:
        result = self._created().result
        return "WaitForRun" if result == "wait" else "WaitForQuota" if result == "quota" else "Next"

    def _report(self) -> State:
        return self._reported("")

    def _report_failure(self) -> State:
        return self._reported("Lambda.Unknown")

    def _reported(self, error: str) -> State:
        tools = ReportTools(self.world.store, self.world.journal, self.world.clock)
        outcome = report(self.run_id, tools, error).outcome
        self.end("SUCCEEDED" if outcome == "completed" else "FAILED")
        return "Ended"

    def end(self, status: str) -> None:
        """Ends the execution, unless it has ended."""
        if not self.over:
            self.over = status
            self.world.workflow.waiting.discard(self.token)
            self.world.workflow.end(self.arn, status)

    def failed(self) -> float | None:
        """After a state's process failed: seconds until the next try; None where the execution is over."""
        self.failures += 1
        if self.failures <= len(RETRIES):
            return RETRIES[self.failures - 1]
        self.failures = 0
        if self.state in ("Preflight", "ReportFailure"):
            self.end("FAILED")
            return None
        self.state = "ReportFailure"
        return 0.0

    def began_to_wait(self, now: datetime) -> None:
        self.heard = self.waits_since = now

    def gives_up_waiting(self, now: datetime) -> bool:
        """Whether the wait has heard nothing for too long; then the machine decides anew (docs/adr/0005)."""
        if self.state != "Waiting" or self.heard is None or self.waits_since is None:
            return False
        if now < self.heard + HEARTBEAT and now < self.waits_since + TIMEOUT:
            return False
        self.world.workflow.waiting.discard(self.token)
        self.state = "Next"
        self.unheard += 1
        return True
