"""From a family's hyperparameters to those of the small network.

A base model of billions of parameters and a network of 70,000 do not share learning rates. What they share is
where they stand to the documented default: the default learns, ten times the default breaks. So the default
is mapped to a rate that was measured to learn (.01 at batch 1, .02 at batch 8, .03 at batch 32), and every
other legal rate keeps its ratio to the default. At these rates ten times as much ends far above the untouched
model.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from local.bedrock.catalog import BaseModel
from local.bedrock.schedule import AfterWarmUp

#: Nova's batch cannot be set, whatever batchSize says; a real Nova file shows about 8 records a step.
HIDDEN_BATCH: Final = 8
_MEASURED: Final = ((1, 0.01), (8, 0.02), (32, 0.03))


@dataclass(frozen=True, slots=True)
class Training:
    """What the network is trained with.

    Attributes:
        epochs: Passes over the data.
        batch: Records per step.
        peak: Learning rate after warm-up; 0 is legal for some families and learns nothing.
        warm_up: Steps.
        threshold: Early stopping, where the family has it: how much in nats validation must improve; else
            None.
        patience: After how many epochs without that improvement training ends.
        then: What the rate does after warm-up; no hyperparameter says.
    """

    epochs: int
    batch: int
    peak: float
    warm_up: int
    threshold: float | None
    patience: int
    then: AfterWarmUp = AfterWarmUp.DECAY


def training_of(
    base: BaseModel, chosen: Mapping[str, str], then: AfterWarmUp = AfterWarmUp.DECAY
) -> Training:
    """The training that a job's filled-in hyperparameters mean, with the service's own schedule."""
    batch = HIDDEN_BATCH if base.has_hidden_batch else int(chosen.get("batchSize", HIDDEN_BATCH))
    threshold = chosen.get("earlyStoppingThreshold")
    return Training(
        epochs=int(chosen["epochCount"]),
        batch=batch,
        peak=default_rate(batch) * _times_the_default(base, chosen),
        warm_up=int(chosen.get("learningRateWarmupSteps", 0)),
        threshold=None if threshold is None else float(threshold),
        patience=int(chosen.get("earlyStoppingPatience", 1)),
        then=then,
    )


def default_rate(batch: int) -> float:
    """The network's rate for a family's default at a batch size: a power law through the measured points."""
    (left, low), (right, high) = _MEASURED[:2] if batch <= _MEASURED[1][0] else _MEASURED[1:]
    slope = math.log(high / low) / math.log(right / left)
    return float(low * (batch / left) ** slope)


def _times_the_default(base: BaseModel, chosen: Mapping[str, str]) -> float:
    name = "learningRate" if "learningRate" in chosen else "learningRateMultiplier"
    return float(chosen[name]) / float(base.hyperparameters[name].default or 1.0)
