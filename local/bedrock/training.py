"""Training itself: a stream of rows, one per step, and the validation loss after each epoch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from local.bedrock.model import ByteModel
from local.bedrock.optimizer import AdamW
from local.bedrock.rates import Training
from local.bedrock.records import Example, positions
from local.bedrock.schedule import Schedule

#: Examples per pass when validation loss is computed: bounds memory, changes nothing.
_CHUNK: Final = 64


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the training metrics.

    Attributes:
        number: Counted from 1, as in the real files of Nova.
        epoch: Counted from 0, likewise.
        loss: Mean nats per byte of the batch before the step; NaN once a logit has overflowed.
    """

    number: int
    epoch: int
    loss: float


@dataclass(frozen=True, slots=True)
class Validation:
    """The loss on each validation file after an epoch; `number` is the last step before it."""

    number: int
    epoch: int
    losses: tuple[float, ...]


def train(
    model: ByteModel,
    examples: Sequence[Example],
    validation: Sequence[Sequence[Example]],
    training: Training,
) -> Iterator[Step | Validation]:
    """Trains a model in place and yields as it goes; the order of the examples is kept, nothing is shuffled.

    The same arguments give the same rows, so that a job interrupted by a restart can be told again.
    """
    per_epoch = -(-len(examples) // training.batch)
    optimizer = AdamW(model.parameters.size)
    schedule = Schedule(training.peak, training.warm_up, per_epoch * training.epochs, training.then)
    judged: list[float] = []
    for epoch in range(training.epochs):
        for place in range(per_epoch):
            number = epoch * per_epoch + place + 1
            batch = examples[place * training.batch : (place + 1) * training.batch]
            yield Step(number, epoch, _one_step(model, optimizer, batch, schedule.at(number)))
        if validation:
            losses = tuple(validation_loss(model, file) for file in validation)
            yield Validation((epoch + 1) * per_epoch, epoch, losses)
            judged.append(losses[0])
            if _stops_early(judged, training):
                return


def validation_loss(model: ByteModel, examples: Sequence[Example]) -> float:
    """Mean nats per byte over a file; NaN if any part of it is, or if it is empty."""
    with np.errstate(all="ignore"):
        chunks = [positions(examples[start : start + _CHUNK]) for start in range(0, len(examples), _CHUNK)]
        sizes = [len(chunk.targets) for chunk in chunks]
        return (
            float(np.average([model.loss(chunk) for chunk in chunks], weights=sizes))
            if chunks
            else float("nan")
        )


def _one_step(model: ByteModel, optimizer: AdamW, batch: Sequence[Example], rate: float) -> float:
    # A run that blows up overflows on its way; that is what it is there to show, not a programming error.
    with np.errstate(all="ignore"):
        loss, gradient = model.loss_and_gradient(positions(batch))
        optimizer.step(model.parameters, gradient, rate)
    return loss


def _stops_early(judged: Sequence[float], training: Training) -> bool:
    """Whether the last `patience` epochs improved less than `threshold` on what was best before them."""
    if training.threshold is None or len(judged) <= training.patience:
        return False
    best_before = min(judged[: -training.patience])
    return not min(judged[-training.patience :]) <= best_before - training.threshold
