"""AdamW over one flat vector, without clipping: a rate that is too high must be able to do its damage."""

from typing import Final

import numpy as np

from local.bedrock.model import Floats

_FIRST_DECAY: Final = 0.9
_SECOND_DECAY: Final = 0.95
_WEIGHT_DECAY: Final = 0.01
_EPSILON: Final = 1e-8


class AdamW:
    """Decay rates .9 and .95 and weight decay .01, the values of the field; state starts at zero."""

    def __init__(self, size: int) -> None:
        self._first = np.zeros(size, dtype=np.float32)
        self._second = np.zeros(size, dtype=np.float32)
        self._steps = 0

    def step(self, parameters: Floats, gradient: Floats, rate: float) -> None:
        """Moves the parameters in place by one step at a rate; a NaN gradient makes them NaN for good."""
        self._steps += 1
        self._first += (1 - _FIRST_DECAY) * (gradient - self._first)
        self._second += (1 - _SECOND_DECAY) * (np.square(gradient) - self._second)
        first = self._first / (1 - _FIRST_DECAY**self._steps)
        second = self._second / (1 - _SECOND_DECAY**self._steps)
        parameters -= rate * (first / (np.sqrt(second) + _EPSILON) + _WEIGHT_DECAY * parameters)
