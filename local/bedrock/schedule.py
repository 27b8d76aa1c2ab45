"""The learning rate over the steps of a job."""

from dataclasses import dataclass
from enum import StrEnum


class AfterWarmUp(StrEnum):
    """What the rate does once it has reached its peak."""

    DECAY = "decay"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Linear warm-up, then linear decay to a tenth, or the peak to the end.

    Bedrock documents the warm-up of some families and the decay of none; AWS's recipes for Nova elsewhere
    decay.

    Attributes:
        peak: The rate after warm-up.
        warm_up: Steps of warm-up; more than `steps` means that the peak is never reached.
        steps: Planned steps of the whole job.
        then: What follows the warm-up.
    """

    peak: float
    warm_up: int
    steps: int
    then: AfterWarmUp = AfterWarmUp.DECAY

    def at(self, step: int) -> float:
        """The rate at a step, counted from 1."""
        if step <= self.warm_up:
            return self.peak * step / self.warm_up
        if self.then is AfterWarmUp.CONSTANT:
            return self.peak
        left = (self.steps - step) / max(1, self.steps - self.warm_up)
        return self.peak * (0.1 + 0.9 * left)
