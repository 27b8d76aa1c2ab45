"""Weights as files: the committed base model, and the custom models that jobs leave."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from local.bedrock.model import Floats

#: Made once by `pretrain`, with the hash of its recipe inside.
BASE_WEIGHTS: Final = Path(__file__).with_name("base_weights.npz")


def read_weights(path: Path) -> Floats:
    """The parameters in a file that `write_weights` wrote, as float32."""
    with np.load(path) as stored:
        return np.asarray(stored["parameters"], dtype=np.float32)


def read_note(path: Path, name: str) -> str:
    """One of the notes beside the parameters."""
    with np.load(path) as stored:
        return str(stored[name])


def write_weights(path: Path, parameters: NDArray[np.floating[Any]], **notes: str) -> None:
    """Writes parameters in their own precision, and notes beside them; whole or not at all."""
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        # Typed as if every keyword were its option allow_pickle.
        arrays: dict[str, Any] = {name: np.array(note) for name, note in notes.items()}
        np.savez_compressed(file, parameters=parameters, **arrays)
    new.replace(path)
