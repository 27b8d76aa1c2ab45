"""The full run as one job that nobody guards, and the best model that was within reach."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, partial

from bench.early.cases import FORMATS, Reference, Setting
from bench.early.data import Data
from local.bedrock.catalog import Catalog
from local.bedrock.hyperparameters import filled_in
from local.bedrock.model import ByteModel, Floats
from local.bedrock.rates import Training, training_of
from local.bedrock.records import Example, read_records
from local.bedrock.training import Step, train, validation_loss
from local.bedrock.weights import BASE_WEIGHTS, read_weights

#: Checkpoints of a run, beside those at the ends of its epochs.
TENTHS = 10


@dataclass(frozen=True, slots=True)
class OneShot:
    """What a user without a guard pays for and gets.

    Attributes:
        loss: Validation loss of the model.
        checkpoints: Validation loss by the share of the run's steps, at every tenth.
        epochs: Validation loss at the end of each epoch.
        reference: Validation loss of the setting's reference; None where it has none.
    """

    loss: float
    checkpoints: Mapping[float, float]
    epochs: tuple[float, ...]
    reference: float | None

    @property
    def best_checkpoint(self) -> float:
        """The lowest validation loss of any checkpoint and of the end of any epoch."""
        return _lowest((*self.checkpoints.values(), *self.epochs))

    @property
    def reachable(self) -> float:
        """The lowest validation loss of any checkpoint, the end of any epoch, and the reference."""
        return _lowest([self.best_checkpoint, *([] if self.reference is None else [self.reference])])


def _lowest(losses: Iterable[float]) -> float:
    return min((loss for loss in losses if math.isfinite(loss)), default=math.nan)


@cache
def one_shot(setting: Setting, seed: int) -> OneShot:
    """Trains the full run, and the reference of the setting; once, however many cases have it in common."""
    data = setting.data(seed)
    kept_back = _examples(setting, data.validation_file(FORMATS[setting.base]))
    examples = _examples(setting, data.training_file(FORMATS[setting.base]))
    model, training = ByteModel(read_weights(BASE_WEIGHTS)), _training(setting)
    steps = -(-len(examples) // training.batch) * training.epochs
    tenths = {max(1, round(steps * tenth / TENTHS)): tenth / TENTHS for tenth in range(1, TENTHS + 1)}
    checkpoints, epochs = {}, []
    for event in train(model, examples, [kept_back], training):
        if not isinstance(event, Step):
            epochs.append(event.losses[0])
        elif event.number in tenths:
            checkpoints[tenths[event.number]] = validation_loss(model, kept_back)
    return OneShot(epochs[-1], checkpoints, tuple(epochs), _reference(setting, seed))


def loss_of(setting: Setting, data: Data, weights: Floats) -> float:
    """The validation loss of a model, by our own look at the whole validation file."""
    kept_back = _examples(setting, data.validation_file(FORMATS[setting.base]))
    return validation_loss(ByteModel(weights.copy()), kept_back)


def _reference(setting: Setting, seed: int) -> float | None:
    """The lowest loss that the setting's reference has at the end of an epoch."""
    if setting.reference is Reference.SOUND_PART:
        sound = partial(_sound_part, setting.data)
        return min(one_shot(replace(setting, data=sound, reference=Reference.NONE), seed).epochs)
    if setting.reference is Reference.DEFAULT_RATE:
        return min(one_shot(replace(setting, rate=Decimal(1), reference=Reference.NONE), seed).epochs)
    return None


def _sound_part(maker: Callable[[int], Data], seed: int) -> Data:
    data = maker(seed)
    return replace(data, training=data.training[: data.sound])


def _training(setting: Setting) -> Training:
    base = Catalog().models[setting.base]
    return training_of(base, filled_in(base, setting.hyperparameters), setting.then)


def _examples(setting: Setting, data: bytes) -> tuple[Example, ...]:
    return read_records(data.splitlines(), Catalog().models[setting.base].dataset.schema).examples
