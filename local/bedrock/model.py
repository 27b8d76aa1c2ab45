"""The language model that every job of the stand-in trains: bytes in, the next byte out.

The shape was chosen by trial (docs/adr/0013): 16 bytes of context, an embedding of 16,
one ReLU layer of 128 and a softmax over 256 bytes, 70,016 parameters. It learns within a hundred steps, and
it forgives ten times its best learning rate no more than a real base model does.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

CONTEXT: Final = 16
EMBEDDING: Final = 16
HIDDEN: Final = 128
SYMBOLS: Final = 256
_SHAPES: Final = (
    (SYMBOLS, EMBEDDING),
    (CONTEXT * EMBEDDING, HIDDEN),
    (HIDDEN,),
    (HIDDEN, SYMBOLS),
    (SYMBOLS,),
)
PARAMETERS: Final = sum(int(np.prod(shape)) for shape in _SHAPES)

#: The largest half-precision number. Hardware that trains in half precision overflows here, so a logit beyond
#: it makes the loss NaN, as it would there; without the bound no learning rate up to 10 ever gave a NaN.
HALF_PRECISION_MAX: Final = 65_504.0


@dataclass(frozen=True, slots=True)
class Positions:
    """What a batch asks: for each row of `windows` (n × CONTEXT bytes) the byte in `targets` (n)."""

    windows: Bytes
    targets: Bytes


class ByteModel:
    """The network over one flat vector of parameters, so that an optimizer sees a vector and nothing else.

    Attributes:
        parameters: PARAMETERS float32 numbers; trained in place.
    """

    def __init__(self, parameters: Floats) -> None:
        if parameters.shape != (PARAMETERS,):
            raise ValueError(
                f"The model has {PARAMETERS} parameters, got an array of shape {parameters.shape}"
            )
        self.parameters = np.ascontiguousarray(parameters, dtype=np.float32)
        self._embedding, self._hidden, self._hidden_bias, self._output, self._output_bias = _views(
            self.parameters
        )

    def loss(self, positions: Positions) -> float:
        """Mean cross-entropy in nats per byte; NaN once a logit overflows half precision."""
        _, _, _, negative = self._forward(positions)
        return float(negative.mean())

    def loss_and_gradient(self, positions: Positions) -> tuple[float, Floats]:
        """The loss as `loss` gives it and its gradient, in the parameters' order; NaN after an overflow."""
        inputs, hidden, likely, negative = self._forward(positions)
        count = np.float32(len(positions.targets))
        error = likely
        error[np.arange(len(positions.targets)), positions.targets] -= 1.0
        error /= count
        gradient = np.empty_like(self.parameters)
        to_embedding, to_hidden, to_hidden_bias, to_output, to_output_bias = _views(gradient)
        np.matmul(hidden.T, error, out=to_output)
        to_output_bias[:] = error.sum(axis=0)
        back = np.where(hidden > 0, error @ self._output.T, np.float32(0))
        np.matmul(inputs.T, back, out=to_hidden)
        to_hidden_bias[:] = back.sum(axis=0)
        to_embedding[:] = _scatter(positions.windows, back @ self._hidden.T)
        return float(negative.mean()), gradient

    def _forward(self, positions: Positions) -> tuple[Floats, Floats, Floats, Floats]:
        """Inputs, hidden layer, probabilities and the negative log-likelihood of each target."""
        count = len(positions.targets)
        inputs = self._embedding[positions.windows].reshape(count, CONTEXT * EMBEDDING)
        hidden = np.maximum(inputs @ self._hidden + self._hidden_bias, 0.0)
        logits = hidden @ self._output + self._output_bias
        # Written as "not within" so that NaN, which is within nothing, counts as an overflow too.
        if not (np.abs(logits).max(initial=0.0) <= HALF_PRECISION_MAX):
            logits = np.full_like(logits, np.nan)
        logits -= logits.max(axis=1, keepdims=True)
        likely = np.exp(logits)
        total = likely.sum(axis=1, keepdims=True)
        negative = np.log(total[:, 0]) - logits[np.arange(count), positions.targets]
        likely /= total
        return inputs, hidden, likely, negative


def _views(flat: Floats) -> list[Floats]:
    edges = np.cumsum([0, *(int(np.prod(shape)) for shape in _SHAPES)])
    return [
        flat[start:end].reshape(shape)
        for start, end, shape in zip(edges[:-1], edges[1:], _SHAPES, strict=True)
    ]


def _scatter(windows: Bytes, back: Floats) -> Floats:
    """Adds up, for each byte, the gradients of all places where it stood."""
    places = windows.reshape(-1).astype(np.intp)[:, None] * EMBEDDING + np.arange(EMBEDDING)
    summed = np.bincount(places.ravel(), weights=back.ravel(), minlength=SYMBOLS * EMBEDDING)
    return summed.reshape(SYMBOLS, EMBEDDING).astype(np.float32)


def untrained(seed: int) -> ByteModel:
    """A fresh model: He-scaled normal weights, biases zero; the same for the same seed."""
    draw = np.random.default_rng(seed)
    parts = [
        draw.normal(0.0, 0.1 if shape[0] == SYMBOLS else (2.0 / shape[0]) ** 0.5, shape)
        if len(shape) > 1
        else np.zeros(shape)
        for shape in _SHAPES
    ]
    return ByteModel(np.concatenate([part.ravel() for part in parts]).astype(np.float32))
