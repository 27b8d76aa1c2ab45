"""Makes the base model of the stand-in, once: `OPENBLAS_NUM_THREADS=1 python -m local.bedrock.pretrain`.

A fine-tuning must start from something it can lose, so the base model is trained on text first. The weights
are committed as `base_weights.npz` together with the hash of the recipe below; a test compares the two, so
that nobody changes the model and forgets its weights.
"""

import hashlib
import json
from typing import Final

import numpy as np

from local.bedrock.corpus import Half, docstrings
from local.bedrock.model import CONTEXT, EMBEDDING, HIDDEN, SYMBOLS, ByteModel, Positions, untrained
from local.bedrock.optimizer import AdamW
from local.bedrock.schedule import Schedule
from local.bedrock.weights import BASE_WEIGHTS, write_weights

_STEPS: Final = 981
_LINES: Final = 16
_LINE_BYTES: Final = 128
_RATE: Final = 1e-2
_WARM_UP: Final = 50
_SEED: Final = 7


def recipe() -> str:
    """SHA-256 over everything that decides the weights except the text itself."""
    parts = {
        "model": [CONTEXT, EMBEDDING, HIDDEN, SYMBOLS],
        "training": [_STEPS, _LINES, _LINE_BYTES, _RATE, _WARM_UP, _SEED],
        "text": "docstrings of every second module of the standard library",
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _text() -> bytes:
    return "\n".join(text for _, text in docstrings(Half.PRETRAINING)).encode("utf-8")


def _train(text: bytes) -> ByteModel:
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(text, dtype=np.uint8), CONTEXT)
    model, draw = untrained(_SEED), np.random.default_rng(_SEED)
    optimizer, schedule = AdamW(model.parameters.size), Schedule(_RATE, _WARM_UP, _STEPS)
    for step in range(1, _STEPS + 1):
        starts = draw.integers(0, len(windows) - _LINE_BYTES - 1, _LINES)
        places = (starts[:, None] + np.arange(_LINE_BYTES)).ravel()
        positions = Positions(windows[places], windows[places + 1, -1])
        _, gradient = model.loss_and_gradient(positions)
        optimizer.step(model.parameters, gradient, schedule.at(step))
    return model


def main() -> None:
    """Trains and writes the weights; takes about 20 seconds on one core."""
    text = _text()
    model = _train(text)
    # Half precision halves the committed file (130 kB) and moves the loss by less than a thousandth.
    half = model.parameters.astype(np.float16)
    write_weights(BASE_WEIGHTS, half, recipe=recipe(), text=hashlib.sha256(text).hexdigest())


if __name__ == "__main__":
    main()
