"""The training phase of a worker: the real training, its files, and the weights that come out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from local.bedrock.artifacts import Places, validation_csv
from local.bedrock.catalog import BaseModel
from local.bedrock.faults import Stage
from local.bedrock.live import TrainingFile
from local.bedrock.messages import Assignment, Trained
from local.bedrock.model import ByteModel
from local.bedrock.objects import Objects
from local.bedrock.rates import training_of
from local.bedrock.records import Dataset, Example
from local.bedrock.training import Step, Validation, train
from local.bedrock.weights import read_weights, write_weights


class Pass(Protocol):
    """Waits at a point of a phase; raises where the job ends there."""

    def __call__(self, phase: Stage, seconds: float, step: int = 0) -> None:
        """Waits `seconds`, or for ever where the job is frozen."""


class Fitting:
    """Trains on what was read, and writes what a completed job leaves."""

    def __init__(
        self,
        task: Assignment,
        base: BaseModel,
        datasets: Sequence[Dataset],
        file: TrainingFile,
        objects: Objects,
        places: Places,
    ) -> None:
        self._task = task
        self._base = base
        self._datasets = datasets
        self._file = file
        self._objects = objects
        self._places = places

    def run(self, pass_time: Pass) -> Trained:
        """Trains to the end; raises what `pass_time` raises, once the rows so far are where they may be."""
        model = ByteModel(read_weights(Path(self._task.weights)))
        judged: list[Validation] = []
        training = training_of(self._base, self._task.hyper_parameters, self._task.pace.schedule)
        try:
            for event in train(model, self._datasets[0].examples, self._validation(), training):
                if isinstance(event, Validation):
                    judged.append(event)
                else:
                    self._step(event, pass_time)
            pass_time("finishing", self._task.pace.overhead_seconds)
        except Exception:
            self._file.publish_partial()
            raise
        return self._finish(model, judged)

    def _step(self, step: Step, pass_time: Pass) -> None:
        self._file.add(step)
        pass_time("training", self._task.pace.step_seconds, step.number)

    def _validation(self) -> list[tuple[Example, ...]]:
        """The validation files; none where the family accepts them and does not use them."""
        if not self._base.dataset.validation_supported:
            return []
        return [dataset.examples for dataset in self._datasets[1:] if dataset.examples]

    def _finish(self, model: ByteModel, judged: list[Validation]) -> Trained:
        self._file.publish()
        losses = judged[-1].losses if judged else ()
        for place in range(len(losses)):
            csv = validation_csv(judged, place, self._base.has_perplexity_column)
            self._objects.put(self._places.validation(place), csv)
        write_weights(Path(self._task.result), model.parameters)
        return Trained(repr(self._file.rows[-1].loss), tuple(map(repr, losses)))
