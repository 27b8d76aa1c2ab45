"""What a run will cost and take, as far as it can be known before anything is started or uploaded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from finetune_guard.core.config import RunConfig, examine_config
from finetune_guard.core.decisions import Mode
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.hyperparameters.steps import batch_of, epochs_of
from finetune_guard.core.planning import sample_size
from finetune_guard.core.spending import CENT
from finetune_guard.usecases.advise import Advice, AdviceTools, validate_and_measure


@dataclass(frozen=True, slots=True)
class StageForesight:
    """One stage, before it is planned.

    Attributes:
        name: For a person.
        records: Training records; None where they could not be counted.
        epochs: Passes over them.
        steps: Optimizer steps expected; None where nobody can say.
        usd: At the middle of the token range; None where no price is known.
    """

    name: str
    records: int | None
    epochs: int
    steps: int | None
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Foresight:
    """What is known before the start.

    Attributes:
        advice: Every problem, and the cost of the full run.
        stages: What will run; empty when the config is refused.
        max_hours: Hours after which the watch stops a job.
        auto_stop: What the watch may do: off, shadow or on.
    """

    advice: Advice
    stages: tuple[StageForesight, ...] = ()
    max_hours: float = 0.0
    auto_stop: str = ""

    @property
    def usd(self) -> Decimal | None:
        """What all stages cost together; None where no price is known."""
        known = [stage.usd for stage in self.stages if stage.usd is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(self.stages) else None


def foresee(document: object, mode: Mode, now: datetime, tools: AdviceTools) -> Foresight:
    """Checks a config as `validate` does, and says what each stage of a run will come to.

    Args:
        document: The config; data may still be on this machine.
        mode: Which machine will carry it.
        now: UTC; decides which bases live.
        tools: What can be asked; the data is read once.
    """
    advice, data = validate_and_measure(document, now, tools)
    config = examine_config(document).config
    base = find(config.base_model_id) if config else None
    if not advice.ok or config is None or base is None:
        return Foresight(advice)
    records = data.training.records if data.training else None
    stages = tuple(_stages(config, base, mode, records, advice, tools))
    return Foresight(advice, stages, config.run.max_hours, config.monitoring.auto_stop.value)


def _stages(
    config: RunConfig,
    base: BaseModel,
    mode: Mode,
    records: int | None,
    advice: Advice,
    tools: AdviceTools,
) -> Iterator[StageForesight]:
    seen = tools.store.base_model(base.model_id) if tools.store else None
    batch, epochs = batch_of(base, config.hyperparameters, seen), epochs_of(base, config.hyperparameters)
    full_usd = advice.cost.estimated_usd
    if mode is not Mode.FULL_RUN:
        sample = sample_size(base, batch, config.rehearsal.steps)
        sample = sample if records is None else min(sample, records)
        usd = _share(full_usd, sample, records, epochs)
        yield StageForesight("rehearsal", sample, 1, batch.steps(sample, 1), usd)
    if mode is not Mode.MINI_RUN:
        steps = batch.steps(records, epochs) if records else None
        yield StageForesight("full run", records, epochs, steps, full_usd)


def _share(full: Decimal | None, sample: int, records: int | None, epochs: int) -> Decimal | None:
    """What one pass over the sample costs, were its records as long as the others."""
    if full is None or not records:
        return None
    return (full * sample / (records * epochs)).quantize(CENT)
