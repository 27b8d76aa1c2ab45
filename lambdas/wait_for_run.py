"""The machines' `WaitForRun` state: stores the token that the watch will complete, and rings for it."""

from typing import TypedDict

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from finetune_guard import functions
from finetune_guard.core.wire import JsonValue

logger = Logger(json_serializer=functions.log_line)
metrics = Metrics()


class Event(TypedDict):
    """Which run waits, on which token; the token is a secret and never logged."""

    run_id: str
    token: str


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: Event, context: LambdaContext) -> JsonValue:
    """Returns the number of the wait; nobody reads it, since the token's completion is the state's result."""
    logger.append_keys(run_id=event["run_id"])
    metrics.add_metric("WaitsBegun", MetricUnit.Count, 1)
    number = functions.await_run(event["run_id"], event["token"])
    logger.info("waiting", extra={"wait": number})
    return {"run_id": event["run_id"], "wait": number}
