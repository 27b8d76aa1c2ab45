"""What a run will cost and take, as far as it can be known before anything is started or uploaded."""

from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.config import examine_config
from finetune_guard.core.decisions import Mode
from finetune_guard.ports import DatasetFiles
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
