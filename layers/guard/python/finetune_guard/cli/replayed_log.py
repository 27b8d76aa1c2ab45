"""A training log that was read and judged."""

from collections.abc import Sequence
from dataclasses import dataclass

from finetune_guard.core.comparing import Comparison
from finetune_guard.core.metrics.series import Curve
from finetune_guard.core.replaying import Replayed


@dataclass(frozen=True, slots=True)
class ReplayedLog:
    """One log's curve and what a watcher would have said of it.

    Attributes:
        curve: As it was read.
        replayed: Judged as asked.
        default: Judged by the family's own thresholds; None where no others were set.
    """

    curve: Curve
    replayed: Replayed
    default: Replayed | None

    @property
    def comparison(self) -> Comparison | None:
        """The two judgements side by side; None where there is one."""
        return Comparison(self.default, self.replayed) if self.default else None


def comparisons(logs: Sequence[ReplayedLog]) -> list[Comparison]:
    """Every log's two judgements; empty where no thresholds were set."""
    return [one.comparison for one in logs if one.comparison]
