"""The machines' `CreateJobs` state: creates the jobs that the run asks for."""

from typing import TypedDict

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from finetune_guard import functions
from finetune_guard.core import wire
from finetune_guard.core.wire import JsonValue

logger = Logger(json_serializer=functions.log_line)
metrics = Metrics()


class Event(TypedDict):
    """Which run."""

    run_id: str


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: Event, context: LambdaContext) -> JsonValue:
    """Returns whether to wait, to decide again, or to come back when there is room."""
    logger.append_keys(run_id=event["run_id"])
    metrics.add_metric("CreationsAsked", MetricUnit.Count, 1)
    created = functions.create_jobs(event["run_id"])
    logger.info("created", extra={"result": created.result})
    return wire.plain(created)
