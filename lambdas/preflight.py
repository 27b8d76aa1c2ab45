"""The machines' `Preflight` state: checks a config before anything is spent, and records the run."""

from datetime import datetime
from typing import TypedDict

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from finetune_guard import functions
from finetune_guard.core.decisions import Mode
from finetune_guard.core.wire import JsonValue
from finetune_guard.usecases.preflight import Asked

logger = Logger(json_serializer=functions.log_line)
metrics = Metrics()


class Event(TypedDict):
    """Which machine was started, when, and with what."""

    mode: str
    execution_arn: str
    started_at: str
    config: JsonValue


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: Event, context: LambdaContext) -> JsonValue:
    """Returns the run's id; a config with faults is recorded and refused by what follows."""
    metrics.add_metric("RunsChecked", MetricUnit.Count, 1)
    asked = Asked(
        document=event["config"],
        mode=Mode(event["mode"]),
        execution_arn=event["execution_arn"],
        started_at=datetime.fromisoformat(event["started_at"]),
    )
    run = functions.preflight(asked)
    logger.info("checked", extra={"run_id": run.run_id, "problems": len(run.problems)})
    return {"run_id": run.run_id}
