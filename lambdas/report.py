"""The machines' `Report` and `ReportFailure` states: writes the report and records the mail about the end."""

from typing import NotRequired, TypedDict

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from finetune_guard import functions
from finetune_guard.core import wire
from finetune_guard.core.reporting import Outcome
from finetune_guard.core.wire import JsonValue

logger = Logger(json_serializer=functions.log_line)
metrics = Metrics()


class Failure(TypedDict):
    """What Step Functions says of a failed state; the cause may hold data and goes no further."""

    Error: str


class Event(TypedDict):
    """Which run, and with what error its machine failed, if it did."""

    run_id: str
    error: NotRequired[Failure]


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: Event, context: LambdaContext) -> JsonValue:
    """Returns what the run came to, which is the execution's output."""
    logger.append_keys(run_id=event["run_id"])
    metrics.add_metric("RunsReported", MetricUnit.Count, 1)
    error = event["error"]["Error"] if "error" in event else ""
    result = functions.report(event["run_id"], error)
    metrics.add_metric("RunsFailed", MetricUnit.Count, int(result.outcome == Outcome.FAILED))
    logger.info("reported", extra={"outcome": result.outcome, "error": error})
    return wire.plain(result)
