"""The watch: every minute, and at events that speed it up, it looks at everything that is open."""

from datetime import timedelta
from typing import TypedDict

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from finetune_guard import bootstrap, functions
from finetune_guard.core import wire
from finetune_guard.core.wire import JsonValue

logger = Logger(json_serializer=functions.log_line)
metrics = Metrics()

#: Left for the last job of a tick, the runs and the mails, so that a tick ends before Lambda ends it.
SPARE = timedelta(seconds=15)


class Detail(TypedDict, total=False):
    """What an event is about; only that of an ended execution says anything that a tick would not find."""

    executionArn: str


class Event(TypedDict, total=False):
    """Whatever woke the watch: the schedule, the bell, or an event of Bedrock, S3 or Step Functions."""

    detail: Detail


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: Event, context: LambdaContext) -> JsonValue:
    """Returns the counts of the tick; the event is only a hint, everything is looked up again."""
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    ended = event.get("detail", {}).get("executionArn", "")
    ticked = functions.watch(bootstrap.clock().now() + left - SPARE, ended)
    metrics.add_metric("Ticks", MetricUnit.Count, 1)
    metrics.add_metric("OpenJobs", MetricUnit.Count, ticked.open_jobs)
    metrics.add_metric("ClosedJobs", MetricUnit.Count, ticked.closed)
    metrics.add_metric("StopsCalled", MetricUnit.Count, ticked.stops)
    metrics.add_metric("AlertsSent", MetricUnit.Count, ticked.sent)
    metrics.add_metric("AlertsPending", MetricUnit.Count, ticked.pending)
    metrics.add_metric("OldestJudgementSeconds", MetricUnit.Seconds, ticked.overdue_seconds)
    metrics.add_metric("TickErrors", MetricUnit.Count, len(ticked.errors))
    log = logger.error if ticked.errors else logger.info
    log("ticked", extra={"tick": wire.plain(ticked), "code": functions.__file__})
    return wire.plain(ticked)
