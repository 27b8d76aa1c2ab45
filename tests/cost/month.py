"""`nice python -m tests.cost.month`: plays months minute by minute, and writes what AWS would count.

The use cases are the deployed ones, over fakes of every service and the real layout of the table; the
machine's states, the clock, the events that wake the watch, and time are played. Nothing here was billed.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from finetune_guard.aws.dynamo_runs import DynamoRuns
from finetune_guard.core import stack_cost as cost
from finetune_guard.core.decisions import Mode
from finetune_guard.usecases.clean_up import CleanUpTools, clean_up
from finetune_guard.usecases.judge_curve import judge
from finetune_guard.usecases.plan import PlanTools, make_plan
from finetune_guard.usecases.preflight import Asked, PreflightTools, preflight
from finetune_guard.usecases.ticked import Ticked
from finetune_guard.usecases.watch import tick
from tests.configs import ACCOUNT, BUCKET, LEAST, ROLE, TRAINING
from tests.cost.metering import S3_REQUESTS, Meter, MeteredTable
from tests.fakes.files import TRAINING_CSV, VALIDATION_CSV
from tests.fakes.world import World
from tests.generated_part import with_part
from tests.infra.logged_lines import lines_of
from tests.usecases.long_run import preflight_tools
from tests.usecases.machine import Machine, watch_tools
from tests.usecases.test_preflight import data

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cost.md"
MARKS = ("<!-- month -->", "<!-- /month -->")
MACHINE = "arn:aws:states:us-east-1:123456789012:execution:RehearseThenRun"

HOUR, DAY = 60, 24 * 60
MONTH_DAYS = 30
#: A job's minutes in validation and data processing, and in all.
PHASES, REHEARSAL, FULL = (5, 8), 60, 180
ROWS = 45
#: Seconds of an outgoing call (docs/performance.md, a tick over 100 jobs).
CALL_SECONDS = 0.05
#: Lines that Lambda writes about a call: its start and its report (Lambda guide, "JSON system logs").
PLATFORM_BYTES = 150 + 380
#: Bytes that the machine's log has of a state: five events, each without its data.
STATE_LOG_BYTES = 5 * 350
#: Metrics of our own that a function writes, counted from lambdas/ by tests/infra/test_stack_cost.py.
STEP_METRICS = {
    "preflight": ("RunsChecked",),
    "plan": ("RunsPlanned",),
    "next_action": ("RunsAdvanced",),
    "create_jobs": ("CreationsAsked",),
    "wait_for_run": ("WaitsBegun",),
    "report": ("RunsReported", "RunsFailed"),
}
MEMORY_MB = {"watch": cost.WATCH_MB, "clean_up": cost.CLEAN_UP_MB}
READING = ("preflight", "plan")
#: States that a machine passes beside the four that are played: a Choice after NextAction and CreateJobs;
#: Preflight and Plan before, and how it ended after.
STATES = {"Next": 2, "CreateJobs": 2, "WaitForRun": 1, "Report": 3}
#: Events that Bedrock sends of a job: created, training, ended.
JOB_EVENTS = 3


@dataclass
class Month:
    """A stack over time.

    Attributes:
        runs_a_day: Runs that begin each day, evenly apart.
        minute: Minutes so far.
        job_minutes: Minutes that jobs were open, summed.
        runs: Runs begun.
    """

    runs_a_day: int
    world: World = field(default_factory=World)
    meter: Meter = field(default_factory=Meter)
    minute: int = 0
    job_minutes: int = 0
    runs: int = 0
    machines: list[Machine] = field(default_factory=list)
    metric_hours: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.world.store = DynamoRuns(MeteredTable(self.meter))  # type: ignore[assignment]
        self.world.datasets.put(TRAINING, data(2000))

    def play(self, days: int) -> "Month":
        """Goes on for so many days."""
        for _ in range(days * DAY):
            self._minute()
        return self

    def _minute(self) -> None:
        if self.runs_a_day and self.minute % (DAY // self.runs_a_day) == 0:
            self._begin()
        self._nature()
        self.job_minutes += self._tick().open_jobs
        self.meter.count("clock", 1)
        if self.minute % HOUR == 0:
            self._clean()
        self._go_on()
        self.minute += 1
        self.world.clock.advance(minutes=1)

    def _begin(self) -> None:
        self.runs += 1
        arn = self.world.workflow.start(MACHINE, f"run-{self.runs}", "{}")
        asked = Asked(
            {**LEAST, "job_name": f"run {self.runs}"}, Mode.REHEARSE_THEN_RUN, arn, self.world.clock.now()
        )
        with self._call("preflight"):
            run_id = preflight(asked, self._preflight_tools()).run_id
        with self._call("plan"):
            make_plan(run_id, PlanTools(self.world.datasets, self.world.store, BUCKET, ROLE))
        self.meter.count("state", 2)
        self.machines.append(Machine(self.world, run_id, tokens=1000 * self.runs))
        self._go_on()

    def _preflight_tools(self) -> PreflightTools:
        return replace(
            preflight_tools(self.world),
            region="us-east-1",
            account=ACCOUNT,
            bucket=BUCKET,
            role_arns=(ROLE,),
            quotas=self.world.quotas,
        )

    def _go_on(self) -> None:
        for machine in self.machines:
            while self._step(machine):
                pass
        self.machines = [machine for machine in self.machines if machine.state != "Ended"]

    def _step(self, machine: Machine) -> bool:
        handler = {
            "Next": "next_action",
            "CreateJobs": "create_jobs",
            "WaitForRun": "wait_for_run",
            "Report": "report",
        }.get(machine.state)
        if handler is None:
            return machine.step()
        self.meter.count("state", STATES[machine.state])
        with self._call(handler):
            moved = machine.step()
        if handler == "wait_for_run":
            self._tick()
        return moved

    def _nature(self) -> None:
        for arn, job in list(self.world.jobs.described.items()):
            if job.status != "InProgress":
                continue
            age = (self.world.clock.now() - job.created_at) // timedelta(minutes=1)
            if age in PHASES:
                self.world.jobs.advance(arn)
            elif age >= (REHEARSAL if "rehearsal" in job.name else FULL):
                self._end(arn)

    def _end(self, arn: str) -> None:
        output = self.world.jobs.described[arn].output_uri
        losses = [2.0 - step / ROWS + 0.03 * (step * 7 % 5 - 2) for step in range(ROWS)]
        rows = "".join(f"{step},{step // 15},{loss:.4f}\n" for step, loss in enumerate(losses, 1))
        for name, what in ((TRAINING_CSV, "training"), (VALIDATION_CSV, "validation")):
            table = f"step_number,epoch_number,{what}_loss\n{rows}".encode()
            self.world.metrics.put(output, arn[-12:], table, name)
        self.world.jobs.complete(arn)
        for _ in range(JOB_EVENTS + 2):
            self._tick()

    def _tick(self) -> Ticked:
        with self._call("watch"):
            tools = replace(watch_tools(self.world), judge=judge)
            ticked = tick(tools, self.world.clock.now() + timedelta(seconds=40))
        assert not ticked.errors, ticked.errors
        self.meter.count("mail", ticked.sent)
        return ticked

    def _clean(self) -> None:
        with self._call("clean_up"):
            cleaned = clean_up(CleanUpTools(self.world.store, self.world.jobs, self.world.clock))
        assert not cleaned.errors, cleaned.errors
        self.meter.count("clock", 1)

    def _call(self, handler: str) -> "_Call":
        return _Call(self, handler)


@dataclass
class _Call:
    """A call of a function: its requests to S3, its seconds, its lines."""

    month: Month
    handler: str
    before: tuple[int, float] = (0, 0)

    def __enter__(self) -> None:
        self.month.meter.caller = self.handler
        self.before = self._so_far()

    def __exit__(self, *_: object) -> None:
        month, meter = self.month, self.month.meter
        seen, table = self.before
        made = month.world.seam.calls[seen:]
        for call in made:
            lists, gets = S3_REQUESTS.get(call, (0, 0))
            meter.count("list", lists)
            meter.count("get", gets)
        calls = len(made) + meter.units[(self.handler, "call")] - table
        memory = (
            cost.READING_STEP_MB if self.handler in READING else MEMORY_MB.get(self.handler, cost.STEP_MB)
        )
        meter.count("seconds", calls * CALL_SECONDS)
        meter.count("gb_seconds", calls * CALL_SECONDS * memory / 1024)
        meter.count("invocation", 1)
        meter.count("log", line_bytes(self.handler) + PLATFORM_BYTES)
        month.metric_hours |= {(name, month.minute // HOUR) for name in STEP_METRICS.get(self.handler, ())}
        month.world.seam.calls.clear()
        meter.caller = ""

    def _so_far(self) -> tuple[int, float]:
        return len(self.month.world.seam.calls), self.month.meter.units[(self.handler, "call")]


@cache
def line_bytes(handler: str) -> int:
    """Bytes of the lines of a call in which nothing went wrong."""
    answer = Ticked(1, 1, overdue_seconds=61.0) if handler == "watch" else None
    return sum(len(line.encode()) + 1 for line in lines_of(handler, answer))


STEP_METRICS_PART = "CloudWatch: metrics of the steps"
#: Every part that is counted while something runs.
LISTED = frozenset(
    {
        "Lambda: watch, clean-up, steps",
        "Lambda: calls",
        "EventBridge Scheduler",
        "DynamoDB: writes",
        "DynamoDB: reads",
        "S3: lists and writes",
        "S3: reads",
        "Step Functions",
        "CloudWatch: logs",
        "X-Ray",
        "SNS: e-mails",
        STEP_METRICS_PART,
    }
)


@dataclass(frozen=True)
class Measured:
    """Units that a month would use, beside those that core/stack_cost.py says."""

    what: str
    counted: Decimal
    said: Decimal
    price: cost.ListPrice

    @property
    def ratio(self) -> float:
        """Of what is said to what was counted; above 1 is the dear side."""
        return float(self.said / self.counted)


def measured(month: Month) -> Iterator[Measured]:
    """Each part of the cost that is counted, for what was played."""
    meter, share = month.meter, Decimal(month.minute) / (cost.HOURS_A_MONTH * HOUR)
    states = meter.of("state")
    counted = {
        "Lambda: watch, clean-up, steps": meter.of("gb_seconds"),
        "Lambda: calls": meter.of("invocation"),
        "EventBridge Scheduler": meter.of("clock"),
        "DynamoDB: writes": meter.of("write"),
        "DynamoDB: reads": meter.of("read"),
        "S3: lists and writes": meter.of("list"),
        "S3: reads": meter.of("get"),
        "Step Functions": states,
        "CloudWatch: logs": (meter.of("log") + states * STATE_LOG_BYTES) / 1e9,
        "X-Ray": meter.of("invocation"),
        "SNS: e-mails": meter.of("mail"),
    }
    hours = Decimal(month.job_minutes) / HOUR
    for use in cost.USES:
        if counted.get(use.what):
            said = use.idle * share + use.job_hour * hours + use.run * month.runs
            yield Measured(use.what, Decimal(str(counted[use.what])), said, use.price)
    if month.metric_hours:
        [metrics] = [use for use in cost.USES if use.price is cost.METRIC]
        steps = Decimal(len(month.metric_hours)) / cost.HOURS_A_MONTH
        yield Measured(STEP_METRICS_PART, steps, metrics.run * month.runs, cost.METRIC)


def main() -> None:
    """Plays the months and writes the table, or only prints it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--days", type=int, default=MONTH_DAYS)
    parser.add_argument("--print", action="store_true", dest="only_print")
    asked = parser.parse_args()
    months = [Month(runs_a_day=runs).play(asked.days) for runs in (0, 4)]
    lines = list(table(months))
    if asked.only_print:
        print("\n".join(lines))  # noqa: T201  the command's answer
        return
    PAGE.write_text(with_part(PAGE.read_text("utf-8"), MARKS, lines, PAGE), "utf-8")


def table(months: list[Month]) -> Iterator[str]:
    """The measured months, a row a part."""
    rows: dict[str, list[str]] = {}
    for number, month in enumerate(months):
        for part in measured(month):
            cells = rows.setdefault(part.what, [""] * 3 * len(months))
            cells[3 * number : 3 * number + 3] = [
                _units(part.counted),
                _units(part.said),
                f"× {part.ratio:.2f}",
            ]
    heads = [
        f"{what}, {month.runs} runs, {month.job_minutes / HOUR:,.0f} hours of jobs" if not number else what
        for month in months
        for number, what in enumerate(("counted", "said above", "said ÷ counted"))
    ]
    yield f"| units in {months[0].minute // DAY} days | {' | '.join(heads)} |"
    yield "|---" * (1 + len(heads)) + "|"
    for what, cells in rows.items():
        yield f"| {what} | {' | '.join(cells)} |"
    yield ""
    for month in months:
        counted, said = (standing(month) + dollars for dollars in amounts(month))
        runs = f"with {month.runs} runs" if month.runs else "idle"
        both = "alarms, metrics and dashboard in both"
        yield f"At list price, {runs}: ${counted:.2f} counted, ${said:.2f} said, {both}."


def amounts(month: Month) -> tuple[Decimal, Decimal]:
    """US dollars of what was counted, and of what is said, at list price."""
    parts = list(measured(month))
    counted = sum((part.price.of(part.counted) for part in parts), Decimal(0))
    return counted, sum((part.price.of(part.said) for part in parts), Decimal(0))


def standing(month: Month) -> Decimal:
    """US dollars of what costs by the month whether it is used or not."""
    share = Decimal(month.minute) / (cost.HOURS_A_MONTH * HOUR)
    by_month = (cost.ALARM, cost.METRIC, cost.DASHBOARD)
    return sum((use.price.of(use.idle) * share for use in cost.USES if use.price in by_month), Decimal(0))


def _units(units: Decimal) -> str:
    return f"{units:,.0f}" if units >= 100 else f"{units:.3g}"


if __name__ == "__main__":
    main()
