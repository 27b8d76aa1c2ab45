"""What the stack itself costs: idle, for each hour that a job is watched, and for each run.

Computed from what the stack deploys and does, at US East list prices; nothing here was billed.
tests/infra/test_stack_cost.py holds the counts to the template, tests/cost compares the units with those of
a month that is played, and docs/cost.md is written from this module.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finetune_guard.core.spending import CENT

#: When the prices were looked up.
AS_OF = date(2026, 11, 28)
HOURS_A_MONTH = 730

#: What is deployed.
ALARMS = 8
DASHBOARDS = 1
TICKS_AN_HOUR = 60
CLEAN_UPS_AN_HOUR = 1
WATCH_MB, CLEAN_UP_MB, STEP_MB, READING_STEP_MB = 1024, 512, 512, 1769
#: Metrics of our own that watch and clean-up write even when idle, and that the steps write in a run.
IDLE_METRICS, STEP_METRICS = 10, 7

#: What is assumed, each on the dear side: seconds of a call, units of a record, calls of a run.
TICK_SECONDS, JUDGING_SECONDS, CLEAN_UP_SECONDS, STEP_SECONDS, READING_SECONDS = 0.5, 0.5, 2, 2, 10
READING_STEPS, OTHER_STEPS = 2, 18
#: Calls of the watch by what happens: a run's waits, its jobs' states and files.
WAKES = 12
JOB_RECORD_KB = 4
#: A job's record moves within the index at each tick: that is a write to the table and two to the index
#: (DynamoDB guide, "Using global secondary indexes").
JOB_RECORD_WRITE_UNITS = 3 * JOB_RECORD_KB
#: Read units of a tick that finds nothing, and more of them for each job.
TICK_READS, JOB_READS = 3, 1.5
CALL_LOG_KB, STATE_LOG_KB = 1.7, 1.8
STATES = 20


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A list price.

    Attributes:
        usd: US dollars for `per` units.
        per: How many units that buys.
        unit: What is counted.
        free: Units a month that are always free, for the whole account; 0 for none.
        source: Who says so.
    """

    usd: Decimal
    per: int
    unit: str
    free: int
    source: str

    def of(self, units: Decimal) -> Decimal:
        """What so many units cost."""
        return units * self.usd / self.per


def _price(usd: str, per: int, unit: str, free: int, source: str) -> ListPrice:
    return ListPrice(Decimal(usd), per, unit, free, source)


_CLOUDWATCH = "aws.amazon.com/cloudwatch/pricing; cloudburn.io, 2026-02"
COMPUTING = _price("0.0000133334", 1, "GB-second, arm64", 400_000, "cloudchipr.com, Lambda pricing, 2024")
CALLS = _price("0.20", 1_000_000, "function calls", 1_000_000, "cloudchipr.com, Lambda pricing, 2024")
CLOCK = _price("1.00", 1_000_000, "scheduled calls", 14_000_000, "cloudburn.io, 2026-03")
WRITES = _price("0.625", 1_000_000, "table write units", 0, "airbyte.com, DynamoDB pricing, 2025-07")
READS = _price("0.125", 1_000_000, "table read units", 0, "airbyte.com, DynamoDB pricing, 2025-07")
PUTS = _price("0.005", 1_000, "S3 lists and writes", 0, "c3x.dev, S3 request fees")
GETS = _price("0.0004", 1_000, "S3 reads", 0, "c3x.dev, S3 request fees")
TRANSITIONS = _price("0.025", 1_000, "state transitions", 4_000, "aws.amazon.com/step-functions/pricing")
LOGS = _price("0.50", 1, "GB of logs", 5, _CLOUDWATCH)
TRACES = _price("5.00", 1_000_000, "traces", 100_000, "aws.amazon.com/xray/pricing")
ALARM = _price("0.10", 1, "alarms, a month", 10, _CLOUDWATCH)
METRIC = _price("0.30", 1, "metrics of our own, a month", 10, _CLOUDWATCH)
DASHBOARD = _price("3.00", 1, "dashboards, a month", 3, _CLOUDWATCH)
MAILS = _price("2.00", 100_000, "e-mails", 1_000, "factualminds.com, SNS pricing, 2026-06")


@dataclass(frozen=True, slots=True)
class Use:
    """Units of one price that are used up.

    Attributes:
        what: What uses them, for a person.
        price: Their price.
        idle: A month, whether or not a job runs.
        job_hour: For each job and hour that it is watched.
        run: For each run, whatever its length.
    """

    what: str
    price: ListPrice
    idle: Decimal
    job_hour: Decimal
    run: Decimal


def _use(what: str, price: ListPrice, idle: float = 0, job_hour: float = 0, run: float = 0) -> Use:
    return Use(what, price, *(Decimal(str(round(units, 9))) for units in (idle, job_hour, run)))


_TICKS, _CLEAN_UPS = TICKS_AN_HOUR * HOURS_A_MONTH, CLEAN_UPS_AN_HOUR * HOURS_A_MONTH
_STEPS = READING_STEPS + OTHER_STEPS
_CALLS = _STEPS + WAKES
_WAKE_SECONDS = WAKES * (TICK_SECONDS + JUDGING_SECONDS)
_STEP_GB_SECONDS = (
    READING_STEPS * READING_SECONDS * READING_STEP_MB + OTHER_STEPS * STEP_SECONDS * STEP_MB
) / 1024
USES = (
    _use(
        "Lambda: watch, clean-up, steps",
        COMPUTING,
        (_TICKS * TICK_SECONDS * WATCH_MB + _CLEAN_UPS * CLEAN_UP_SECONDS * CLEAN_UP_MB) / 1024,
        TICKS_AN_HOUR * JUDGING_SECONDS * WATCH_MB / 1024,
        _STEP_GB_SECONDS + _WAKE_SECONDS * WATCH_MB / 1024,
    ),
    _use("Lambda: calls", CALLS, _TICKS + _CLEAN_UPS, 0, _CALLS),
    _use("EventBridge Scheduler", CLOCK, _TICKS + _CLEAN_UPS),
    _use("DynamoDB: writes", WRITES, 0, TICKS_AN_HOUR * JOB_RECORD_WRITE_UNITS, 200),
    _use("DynamoDB: reads", READS, TICK_READS * _TICKS + _CLEAN_UPS, JOB_READS * TICKS_AN_HOUR, 100),
    _use("S3: lists and writes", PUTS, 0, TICKS_AN_HOUR + 2, 20),
    _use("S3: reads", GETS, 0, 4, 40),
    _use("Step Functions", TRANSITIONS, 0, 0, STATES),
    _use(
        "CloudWatch: logs",
        LOGS,
        (_TICKS + _CLEAN_UPS) * CALL_LOG_KB / 1e6,
        0,
        (_CALLS * CALL_LOG_KB + STATES * STATE_LOG_KB) / 1e6,
    ),
    _use("X-Ray", TRACES, _TICKS + _CLEAN_UPS, 0, _CALLS),
    _use("CloudWatch: alarms", ALARM, ALARMS),
    _use("CloudWatch: metrics", METRIC, IDLE_METRICS, 0, STEP_METRICS * 2 / HOURS_A_MONTH),
    _use("CloudWatch: dashboard", DASHBOARD, DASHBOARDS),
    _use("SNS: e-mails", MAILS, 0, 0, 3),
)


@dataclass(frozen=True, slots=True)
class StackCost:
    """What the stack itself costs, in US dollars.

    Attributes:
        idle_low_usd_per_month: While nothing runs, where nothing else uses the always-free tier.
        idle_high_usd_per_month: At list price.
        run_usd: For one run with its hours, at list price.
        prices_as_of: When the list prices were looked up.
    """

    idle_low_usd_per_month: Decimal
    idle_high_usd_per_month: Decimal
    run_usd: Decimal
    prices_as_of: date = AS_OF


def stack_cost(job_hours: float) -> StackCost:
    """What the stack costs idle, and for a run whose jobs are watched for so many hours in all."""
    run = _sum(use.price.of(use.run + use.job_hour * Decimal(str(job_hours))) for use in USES)
    return StackCost(_within_free_tier(), _sum(use.price.of(use.idle) for use in USES), run)


def _within_free_tier() -> Decimal:
    used: dict[ListPrice, Decimal] = defaultdict(Decimal)
    for use in USES:
        used[use.price] += use.idle
    return _sum(price.of(max(Decimal(0), units - price.free)) for price, units in used.items())


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, to a hundredth of a cent."""
    return sum(amounts, Decimal(0)).quantize(CENT)
