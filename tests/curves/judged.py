"""Curves judged by this project's detectors, in this process: what `finetune-guard replay` would say."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from finetune_guard.core.findings import Severity
from finetune_guard.core.metrics.runs import read_curve
from finetune_guard.core.metrics.series import Curve
from finetune_guard.core.replaying import Replayed, replay
from finetune_guard.core.thresholds import ThresholdPack
from tests.curves.corpus import Case
from tests.curves.scoring import Answer, Row, Warned, row

DEFAULT = ThresholdPack()


class Shown(StrEnum):
    """What the judge is shown of a run."""

    ALL = "all"
    #: No gradient norm and no learning rate: all that Bedrock shows of a supervised job.
    LOSS_ONLY = "loss only"
    #: The number of planned steps is not known.
    STEPS_UNKNOWN = "steps unknown"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A case as the judge sees it.

    Attributes:
        case: The run and its label, which the judge does not see.
        curve: The run's log, read as the command reads it.
        planned: Whether the number of steps is known.
    """

    case: Case
    curve: Curve
    planned: bool


def exhibit(case: Case, shown: Shown = Shown.ALL) -> Exhibit:
    """Reads the log of a case, as far as it is shown."""
    visible = case.run.without("grad_norm", "lr") if shown is Shown.LOSS_ONLY else case.run
    return Exhibit(case, read_curve(visible.id, visible.log()), shown is not Shown.STEPS_UNKNOWN)


def judged(exhibits: Iterable[Exhibit], pack: ThresholdPack = DEFAULT) -> list[Row]:
    """Every curve judged and scored."""
    return [row(one.case, answer_of(replayed(one, pack))) for one in exhibits]


def replayed(shown: Exhibit, pack: ThresholdPack = DEFAULT) -> Replayed:
    """All that the detectors say of one curve."""
    return replay(shown.curve, pack, shown.case.run.id, shown.planned)


def answer_of(said: Replayed) -> Answer:
    """What the scorer is told of it."""
    told = [finding for finding in said.findings if finding.severity is not Severity.INFO]
    warnings = tuple(Warned(finding.signal.value, finding.detected_step or 0) for finding in told)
    return Answer(said.stop_step, warnings)
