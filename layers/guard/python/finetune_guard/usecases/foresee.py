"""What a run will cost and take, as far as it can be known before anything is started or uploaded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from finetune_guard.core.config import RunConfig, examine_config
from finetune_guard.core.decisions import Mode
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.hyperparameters.steps import batch_of, epochs_of
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.planning import sample_size
from finetune_guard.core.spending import CENT
from finetune_guard.ports import DatasetFiles
from finetune_guard.usecases.advise import Advice, AdviceTools, validate


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
    counted = CountedFiles(tools.files) if tools.files else None
    advice = validate(document, now, replace(tools, files=counted) if counted else tools)
    config = examine_config(document).config
    base = find(config.base_model_id) if config else None
    if not advice.ok or config is None or base is None:
        return Foresight(advice)
    records = counted.records(config.training_data_path) if counted else None
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


class CountedFiles:
    """DatasetFiles that counts the records of what passes through, so that nothing is read twice."""

    def __init__(self, files: DatasetFiles) -> None:
        self._files = files
        self._records: dict[str, int] = {}

    def records(self, uri: str) -> int | None:
        """Lines that are not blank; None for a file that was not read to its end."""
        return self._records.get(uri)

    def facts(self, uri: str) -> FileFacts:
        """See DatasetFiles.facts."""
        return self._files.facts(uri)

    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        """See DatasetFiles.chunks."""
        count = _Counter()
        for chunk in self._files.chunks(uri, pinned):
            count.add(chunk)
            yield chunk
        self._records[uri] = count.total

    def write(self, uri: str, chunks: Iterable[bytes]) -> FileFacts:
        """See DatasetFiles.write."""
        return self._files.write(uri, chunks)

    def writable(self, uri: str) -> None:
        """See DatasetFiles.writable."""
        self._files.writable(uri)


class _Counter:
    """Counts lines with something in them, in any chunks."""

    def __init__(self) -> None:
        self._whole = 0
        self._open = False

    def add(self, chunk: bytes) -> None:
        first, *rest = chunk.split(b"\n")
        self._open = self._open or bool(first.strip())
        for part in rest:
            self._whole += self._open
            self._open = bool(part.strip())

    @property
    def total(self) -> int:
        return self._whole + self._open


def count_records(uri: str, files: DatasetFiles) -> int:
    """Records of a data file: its lines that are not blank.

    Raises:
        NotFoundError: There is no such file.
        AccessRefusedError: The caller may not read it.
    """
    count = _Counter()
    for chunk in files.chunks(uri):
        count.add(chunk)
    return count.total
