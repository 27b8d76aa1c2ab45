"""The hourly clean-up: deletes throw-away models that nobody needs any more."""

from collections.abc import Mapping

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from finetune_guard import functions
from finetune_guard.core import wire
from finetune_guard.core.wire import JsonValue

logger = Logger(json_serializer=functions.log_line)
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: Mapping[str, JsonValue], context: LambdaContext) -> JsonValue:
    """Returns what was deleted; what could not be is tried again in an hour."""
    cleaned = functions.clean_up()
    metrics.add_metric("ModelsDeleted", MetricUnit.Count, len(cleaned.deleted))
    metrics.add_metric("CleanUpErrors", MetricUnit.Count, len(cleaned.errors))
    log = logger.error if cleaned.errors else logger.info
    log("cleaned up", extra={"cleaned": wire.plain(cleaned)})
    return wire.plain(cleaned)
