"""The layers on this machine: built like those for AWS but for its processor, run by the functions' Python.

What is built stays in build/layers/trial, so that pip downloads once.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.layer_build import PYTHON, RECIPE, ROOT, cross_build, install

RUNTIME = Path(__file__).parent / "lambda_runtime.py"
#: The layers that pip fills, in the order in which Lambda unpacks them.
INSTALLED = ("runtime", "numeric")


@dataclass(frozen=True)
class Start:
    """One cold start.

    Attributes:
        answer: What the function returned.
        import_seconds: What importing its file took.
        peak_mb: The most memory that the process held.
        python: Which Python ran it.
        files: Where every module that was loaded is.
    """

    answer: Any
    import_seconds: float
    peak_mb: float
    python: str
    files: tuple[str, ...]


def interpreter() -> str | None:
    """A Python of the functions' version: on the PATH, or one that pyenv has; None if there is none."""
    found = shutil.which(f"python{PYTHON}")
    homes = {Path.home() / ".pyenv", *([Path(found).parent.parent] if found else [])}
    kept = [path for home in homes for path in sorted(home.glob(f"versions/{PYTHON}.*/bin/python{PYTHON}"))]
    return next((each for each in [*([found] if found else []), *map(str, kept)] if _works(each)), None)


def _works(python: str) -> bool:
    return subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0


def unpacked(folder: Path, python: str) -> Path:
    """What /opt/python is once Lambda has unpacked the layers, with byte code of `python`."""
    opt = folder / "opt" / "python"
    for layer in INSTALLED:
        _compile(_installed(layer), python)
        shutil.copytree(_installed(layer), opt, dirs_exist_ok=True, copy_function=os.link)
    shutil.copytree(ROOT / "layers" / "guard" / "python", opt, dirs_exist_ok=True, ignore=_NO_BYTE_CODE)
    _compile(opt / "finetune_guard", python)
    return opt


def _compile(folder: Path, python: str) -> None:
    """As the layers for AWS are; what is compiled already is passed over."""
    subprocess.run([python, "-m", "compileall", "-q", str(folder)], check=True)


_NO_BYTE_CODE = shutil.ignore_patterns("__pycache__")


def files_of(layer: str) -> set[str]:
    """Names of the files of a layer, below its python/."""
    folder = ROOT / "layers" / "guard" / "python" if layer == "guard" else _installed(layer)
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(folder).as_posix() for path in files}


def _installed(layer: str) -> Path:
    requirements = ROOT / "layers" / layer / "requirements.txt"
    cross = cross_build(platform.machine())
    key = hashlib.sha256(f"{RECIPE} {cross}".encode() + requirements.read_bytes()).hexdigest()[:16]
    place = ROOT / "build" / "layers" / "trial" / f"{layer}-{key}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{layer}-", dir=place.parent))
        install(requirements, cross, unfinished)
        unfinished.rename(place)
    return place


@dataclass(frozen=True)
class Runtime:
    """Lambda, as far as a function sees it.

    Attributes:
        python: The interpreter.
        opt: /opt/python.
        folder: Where each function's own folder is made.
    """

    python: str
    opt: Path
    folder: Path

    def start(self, handler: str, event: object, environment: Mapping[str, str]) -> Start:
        """One cold start; an empty handler imports every module of the package.

        Raises:
            AssertionError: It ended with an error; its output is the message.
        """
        command = [self.python, "-I", "-S", str(RUNTIME), str(self._task(handler)), str(self.opt), handler]
        ended = subprocess.run(
            command,
            input=json.dumps(event),
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{handler}: {ended.stdout[-2000:]}\n{ended.stderr[-4000:]}"
        facts = json.loads(ended.stdout.splitlines()[-1])
        return Start(**{**facts, "files": tuple(facts["files"])})

    def _task(self, handler: str) -> Path:
        """/var/task: one file."""
        task = self.folder / "task" / (handler or "none")
        if not task.exists():
            task.mkdir(parents=True)
            if handler:
                shutil.copy(ROOT / "lambdas" / f"{handler}.py", task)
        return task


def where_python_is(python: str) -> str:
    """The folder of an interpreter's own library."""
    code = "import os; print(os.path.dirname(os.__file__))"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def packages(opt: Path) -> set[str]:
    """What is installed in a folder, with versions."""
    return {path.name.removesuffix(".dist-info") for path in opt.glob("*.dist-info")}
