"""Builds the three layers without Docker, once for each content: `python -m infra.layer_build aws|local`.

Two traps this recipe is written around: with manylinux2014 alone pip silently takes a numpy that is years
old, since newer ones are built for manylinux_2_28; and the CDK resets every file's time, which makes ordinary
.pyc files useless, so they carry a hash that is never checked instead.
"""

import argparse
import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.settings import Target

ROOT = Path(__file__).parent.parent

#: The functions' runtime; the newest that every dependency in layers/ has arm64 wheels for.
PYTHON = "3.13"
ARCHITECTURE = "aarch64"

#: Raise it when the recipe changes, so that nobody deploys what the old one built.
RECIPE = 1

#: What no function ever reads.
_LEFT_OUT_FOLDERS = frozenset({"tests", "__pycache__", "bin", "include"})
_LEFT_OUT_SUFFIXES = frozenset({".pyi", ".pyc", ".h", ".a", ".pxd"})


def cross_build(architecture: str) -> tuple[str, ...]:
    """What pip is told, to install for the functions' Python and any processor."""
    return (
        f"--platform=manylinux_2_28_{architecture}",
        f"--platform=manylinux2014_{architecture}",
        f"--python-version={PYTHON}",
        "--implementation=cp",
        f"--abi=cp{PYTHON.replace('.', '')}",
        "--abi=abi3",
        "--abi=none",
    )


_CROSS_BUILD = cross_build(ARCHITECTURE)


@dataclass(frozen=True, slots=True)
class LayerPackage:
    """One layer as it lies on disk.

    Attributes:
        name: guard, numeric or runtime.
        key: Names the content: the same inputs give the same key.
        folder: What is unpacked to /opt.
        archive: The same as a zip, the same bytes for the same content.
    """

    name: str
    key: str
    folder: Path
    archive: Path


@dataclass(frozen=True, slots=True)
class LayerPackages:
    """All layers of one target."""

    guard: LayerPackage
    numeric: LayerPackage
    runtime: LayerPackage


def built(target: Target, root: Path = ROOT) -> LayerPackages:
    """All layers for `target`, built where they are not yet there.

    Raises:
        subprocess.CalledProcessError: pip could not install what is locked; its output is on stderr.
    """
    return LayerPackages(
        guard=_built("guard", target, root),
        numeric=_built("numeric", target, root),
        runtime=_built("runtime", target, root),
    )


def located(name: str, target: Target, root: Path = ROOT) -> LayerPackage:
    """Where the layer is, or would be once it is built."""
    key = _key(name, target, root)
    place = root / "build" / "layers" / target / f"{name}-{key}"
    return LayerPackage(name, key, place / "content", place / f"{name}.zip")


def _built(name: str, target: Target, root: Path) -> LayerPackage:
    package = located(name, target, root)
    place = package.archive.parent
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=place.parent))
        try:
            _build(name, target, root, unfinished)
            _publish(unfinished, place)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return package


def _publish(unfinished: Path, place: Path) -> None:
    """Moves a whole build to its place; somebody who built the same meanwhile is as good."""
    try:
        unfinished.rename(place)
    except OSError:
        if not place.exists():
            raise


def _build(name: str, target: Target, root: Path, place: Path) -> None:
    content = place / "content"
    source = root / "layers" / name
    if name == "guard":
        shutil.copytree(source / "python", content / "python")
    else:
        cross = _CROSS_BUILD if target == "aws" else ()
        install(source / "requirements.txt", cross, content / "python")
    _strip(content)
    compiler = _compiler(target)
    if compiler:
        _compile(content, compiler)
    _zip(content, place / f"{name}.zip")


def install(requirements: Path, cross: tuple[str, ...], folder: Path) -> None:
    """Installs what is locked, and nothing else, into a folder."""
    command = [sys.executable, "-m", "pip", "install", *cross, "--only-binary=:all:", "--no-compile"]
    command += ["--no-deps", "--require-hashes", "-qq", "--disable-pip-version-check"]
    command += [f"--requirement={requirements}", f"--target={folder}"]
    subprocess.run(command, check=True, stdout=sys.stderr)


def _strip(content: Path) -> None:
    for path in sorted(content.rglob("*"), reverse=True):
        if path.is_dir() and path.name in _LEFT_OUT_FOLDERS:
            shutil.rmtree(path)
        elif path.suffix in _LEFT_OUT_SUFFIXES and path.is_file():
            path.unlink()


@cache
def _compiler(target: Target) -> str | None:
    """An interpreter whose byte code the functions can read: this one, or one on the PATH that works."""
    if target == "local" or sys.version_info[:2] == tuple(int(part) for part in PYTHON.split(".")):
        return sys.executable
    found = shutil.which(f"python{PYTHON}")
    works = found and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0
    return found if works else None


def _compile(content: Path, compiler: str) -> None:
    command = [compiler, "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash"]
    command += ["-s", str(content), "-p", "/opt", str(content / "python")]
    subprocess.run(command, check=True, stdout=sys.stderr)


def _zip(content: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        for path in _files(content):
            entry = zipfile.ZipInfo(path.relative_to(content).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, path.read_bytes())


def _key(name: str, target: Target, root: Path) -> str:
    digest = hashlib.sha256(f"{RECIPE} {target} {_interpreter(target)}".encode())
    source = root / "layers" / name
    inputs = _files(source / "python") if name == "guard" else iter([source / "requirements.txt"])
    for path in inputs:
        if path.suffix == ".pyc":
            continue
        digest.update(path.relative_to(source).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _interpreter(target: Target) -> str:
    """What the content depends on besides its source: whose byte code and whose shared objects."""
    if target == "local":
        return f"{sys.version} {platform.machine()}"
    return " ".join([*_CROSS_BUILD, "compiled" if _compiler(target) else "not compiled"])


def _files(folder: Path) -> Iterator[Path]:
    """Every file, in an order that does not depend on the disk."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def main() -> None:
    """Builds the layers and says where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=("aws", "local"))
    packages = built(parser.parse_args().target)
    for package in (packages.guard, packages.numeric, packages.runtime):
        print(f"{package.name}: {package.folder}")  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
