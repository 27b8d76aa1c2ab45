"""Questions to the functions' logs: saved in CloudWatch, quoted by docs/alarms, asked by the dashboard.

Fields are those of the lines that are really written: ours (lambdas/), with lists numbered, as CloudWatch
Logs Insights does with JSON; the Python runtime's own line of an exception that nobody caught (errorType,
errorMessage); and Lambda's line at the end of each call (record). tests/infra/test_log_queries.py compares.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.guard_function import GuardFunction

#: An exception that nobody caught, and a call that Lambda itself ended.
_BROKE = 'ispresent(errorType) or record.status in ["error", "failure", "timeout"]'
_NEWEST = "sort @timestamp desc"


@dataclass(frozen=True, slots=True)
class LogQuery:
    """One question.

    Attributes:
        name: Its name; that of the alarm which it helps with, where there is one.
        handlers: Whose logs are asked; none for every function's.
        lines: In the language of CloudWatch Logs Insights.
    """

    name: str
    handlers: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole question."""
        return "\n| ".join(self.lines)

    def asks(self, functions: Iterable[GuardFunction]) -> list[GuardFunction]:
        """Those of the functions whose logs are asked."""
        return [f for f in functions if not self.handlers or f.spec.handler in self.handlers]


EVERYTHING_WRONG = LogQuery(
    "EverythingWrong",
    (),
    (
        "fields @timestamp, @log, message, run_id, tick.errors.0, cleaned.errors.0, errorType, errorMessage",
        f'filter level in ["WARNING", "ERROR", "CRITICAL"] or {_BROKE}',
        _NEWEST,
        "limit 50",
    ),
)
ONE_RUN = LogQuery(
    "OneRun",
    (),
    (
        "fields @timestamp, @log, message, problems, action, result, wait, outcome, error",
        'filter run_id = "RUN"',
        "sort @timestamp asc",
        "limit 200",
    ),
)
QUERIES: Sequence[LogQuery] = (
    LogQuery(
        "TickMissing",
        ("watch",),
        (
            "fields @timestamp, message, tick.open_jobs, errorType, errorMessage, record.status",
            f'filter message = "ticked" or {_BROKE}',
            _NEWEST,
            "limit 20",
        ),
    ),
    LogQuery(
        "WatchErrors",
        ("watch",),
        (
            "fields @timestamp, errorType, errorMessage, record.status, record.metrics.durationMs, "
            "record.metrics.maxMemoryUsedMB",
            f"filter {_BROKE}",
            _NEWEST,
            "limit 20",
        ),
    ),
    LogQuery(
        "TickErrors",
        ("watch",),
        (
            "fields @timestamp, tick.errors.0, tick.errors.1, tick.errors.2, tick.errors.3",
            "filter ispresent(tick.errors.0)",
            _NEWEST,
            "limit 20",
        ),
    ),
    LogQuery(
        "JobsOverdue",
        ("watch",),
        (
            "fields @timestamp, tick.overdue_seconds, tick.open_jobs, tick.judged, tick.discarded, "
            "tick.errors.0",
            'filter message = "ticked"',
            _NEWEST,
            "limit 20",
        ),
    ),
    LogQuery(
        "AlertsPending",
        ("watch",),
        (
            "fields @timestamp, tick.pending, tick.sent, tick.errors.0, tick.errors.1",
            "filter tick.pending > 0",
            _NEWEST,
            "limit 20",
        ),
    ),
    LogQuery(
        "LostCalls",
        ("watch", "clean_up"),
        (
            "fields @timestamp, @log, errorType, errorMessage, record.status, cleaned.errors.0",
            f"filter {_BROKE} or ispresent(cleaned.errors.0)",
            _NEWEST,
            "limit 20",
        ),
    ),
    LogQuery(
        "RunsFailed",
        ("preflight", "plan", "next_action", "create_jobs", "wait_for_run", "report"),
        (
            "fields @timestamp, @log, run_id, error, errorType, errorMessage, record.status",
            f'filter outcome = "failed" or {_BROKE}',
            _NEWEST,
            "limit 20",
        ),
    ),
    ONE_RUN,
    EVERYTHING_WRONG,
)


class SavedQueries(Construct):
    """The questions, in a folder that is named as the stack: CloudWatch, Logs Insights, saved queries."""

    def __init__(self, scope: Construct, id: str, functions: Sequence[GuardFunction]) -> None:
        super().__init__(scope, id)
        for query in QUERIES:
            logs.CfnQueryDefinition(
                self,
                query.name,
                name=f"{cdk.Stack.of(self).stack_name}/{query.name}",
                query_string=query.text,
                log_group_names=[function.log_group.log_group_name for function in query.asks(functions)],
            )
