"""Which code the published figures were measured on: a digest of all that a figure depends on.

Judging every published set takes minutes of a core. So the tests judge some of the sets, and hold all figures
to the code: once a detector, a threshold, a generator or the scorer changes, they have to be made anew.
"""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

_HERE = Path(__file__).parent
_CORE = _HERE.parents[1] / "layers" / "guard" / "python" / "finetune_guard" / "core"

#: What judges a curve, and what makes, shows and scores one.
JUDGING = (
    "detectors",
    "metrics/series.py",
    "metrics/runs.py",
    "judging.py",
    "replaying.py",
    "thresholds.py",
    "limits.py",
)
SCORING = (
    "corpus.py",
    "dial.py",
    "figures.py",
    "injecting.py",
    "judged.py",
    "kinds.py",
    "more_kinds.py",
    "scoring.py",
    "sets.py",
    "standard_kinds.py",
    "labels.csv",
)


def code_digest() -> str:
    """The digest of the code as it lies here; comments of a line's own and blank lines do not count."""
    return digest_of([*_files(_CORE, JUDGING), *_files(_HERE, SCORING)])


def digest_of(files: Iterable[Path]) -> str:
    """The digest of these files, in this order."""
    code = sha256()
    for file in files:
        code.update(f"{file.name}\n".encode())
        for line in file.read_text("utf-8").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                code.update(f"{line}\n".encode())
    short = code.hexdigest()[:16]
    # In fours: nobody, and no tool that looks for secrets, is to take it for a key.
    return "-".join(short[at : at + 4] for at in range(0, len(short), 4))


def _files(folder: Path, names: Iterable[str]) -> list[Path]:
    found = [folder / name for name in names]
    return [each for path in found for each in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
