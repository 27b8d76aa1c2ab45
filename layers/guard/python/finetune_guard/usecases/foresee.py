"""What a run will cost and take, as far as it can be known before anything is started or uploaded."""

from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.config import examine_config
from finetune_guard.core.decisions import Mode
from finetune_guard.usecases.advise import Advice, AdviceTools, validate


@dataclass(frozen=True, slots=True)
class Foresight:
    """What is known before the start.

    Attributes:
        advice: Every problem, and what the stages of this machine cost and take.
        max_hours: Hours after which the watch stops a job.
        auto_stop: What the watch may do: off, shadow or on; "" where the config is refused.
    """

    advice: Advice
    max_hours: float = 0.0
    auto_stop: str = ""


def foresee(document: object, mode: Mode, now: datetime, tools: AdviceTools) -> Foresight:
    """Checks a config as `validate` does, for the machine that will carry it.

    Args:
        document: The config; data may still be on this machine.
        mode: Which machine will carry it.
        now: UTC; decides which bases live.
        tools: What can be asked; the data is read once.
    """
    advice = validate(document, now, tools, mode)
    config = examine_config(document).config
    if not advice.ok or config is None:
        return Foresight(advice)
    return Foresight(advice, config.run.max_hours, config.monitoring.auto_stop.value)
