"""The machines' `Plan` state: splits off validation data, cuts the rehearsal's sample, writes the plan."""

from typing import TypedDict

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from finetune_guard import functions
from finetune_guard.core.wire import JsonValue

logger = Logger(json_serializer=functions.log_line)
metrics = Metrics()


class Event(TypedDict):
    """Which run."""

    run_id: str


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: Event, context: LambdaContext) -> JsonValue:
    """Returns the run's id once its plan is recorded."""
    logger.append_keys(run_id=event["run_id"])
    metrics.add_metric("RunsPlanned", MetricUnit.Count, 1)
    planned = functions.plan(event["run_id"])
    logger.info("planned", extra={"problems": len(planned.problems)})
    return {"run_id": planned.run_id}
