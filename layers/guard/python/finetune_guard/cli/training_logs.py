"""The training logs that a person points at: files, or every log in a folder, each with its id."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.metrics.files import TRAINING_FILE, VALIDATION_FILE

#: Folders that Bedrock puts between a job's own folder and its metric files.
_BETWEEN = frozenset(
    {"training_artifacts", "validation_artifacts", "post_fine_tuning_validation", "validation"}
)
_KINDS = frozenset({".csv", ".json"})
#: Names that many logs share, so that their folder tells them apart.
_SHARED_NAMES = frozenset({Path(TRAINING_FILE).stem, "trainer_state"})


@dataclass(frozen=True, slots=True)
class TrainingLog:
    """A file that may hold a training curve.

    Attributes:
        id: Names its curve.
        path: The file.
        validation: The validation metrics of the same Bedrock job, where they are there.
        named: Whether a person named the file itself, so that it must be readable.
    """

    id: str
    path: Path
    validation: Path | None
    named: bool


def find_logs(paths: Sequence[Path]) -> tuple[TrainingLog, ...]:
    """Every log under the paths, in the order given; a folder's in the order of their names.

    Raises:
        InvalidInputError: A path is not there, or a folder has no CSV and no JSON file.
    """
    logs: list[TrainingLog] = []
    for path in paths:
        if path.is_dir():
            found = tuple(_in_folder(path))
            if not found:
                raise InvalidInputError(
                    f"The folder {path} has no .csv and no .json file. Give a training log."
                )
            logs.extend(found)
        elif path.is_file():
            logs.append(TrainingLog(_id(path, path.parent), path, _validation_of(path), named=True))
        else:
            raise InvalidInputError(
                f"{path} is neither a file nor a folder. Give a training log or a folder of them."
            )
    return tuple(logs)


def _in_folder(folder: Path) -> Iterator[TrainingLog]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _KINDS and path.is_file() and path.name.lower() != VALIDATION_FILE:
            yield TrainingLog(_id(path, folder), path, _validation_of(path), named=False)


def _id(path: Path, root: Path) -> str:
    if path.stem.lower() not in _SHARED_NAMES:
        return path.stem
    folder = _job_folder(path.resolve())
    inside = root.resolve()
    return (
        str(folder.relative_to(inside)) if folder.is_relative_to(inside) and folder != inside else folder.name
    )


def _job_folder(path: Path) -> Path:
    folder = path.parent
    while folder.name in _BETWEEN:
        folder = folder.parent
    return folder


def _validation_of(path: Path) -> Path | None:
    if path.name.lower() != TRAINING_FILE:
        return None
    folder = _job_folder(path.resolve())
    places = [
        folder,
        *(
            folder.joinpath(*parts)
            for parts in (
                ("validation_artifacts",),
                ("validation_artifacts", "post_fine_tuning_validation"),
                ("validation_artifacts", "post_fine_tuning_validation", "validation"),
            )
        ),
    ]
    return next((place / VALIDATION_FILE for place in places if (place / VALIDATION_FILE).is_file()), None)
