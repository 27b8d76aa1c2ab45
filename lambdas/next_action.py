"""The machines' `NextAction` state: decides what the run does next."""

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
    """Returns which way the machine goes."""
    logger.append_keys(run_id=event["run_id"])
    metrics.add_metric("RunsAdvanced", MetricUnit.Count, 1)
    advanced = functions.advance(event["run_id"])
    logger.info("decided", extra={"action": advanced.action, "outcome": advanced.outcome})
    return wire.plain(advanced)
