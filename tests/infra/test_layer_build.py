"""Layers: built once for each content, the same bytes each time, and for the platform of the functions."""

import struct
import zipfile
from pathlib import Path

import pytest

from infra import layer_build
from infra.constructs.layers import ARCHITECTURE, RUNTIME
from infra.layer_build import LayerPackage, built

#: ELF header, e_machine (ELF specification): what the functions run on.
ELF_AARCH64 = 183
#: Unzipped bytes of all layers; Lambda takes 250 MB with the function (Lambda quotas), and we keep some room.
MOST_BYTES = 220 * 1024 * 1024
#: What all layers but boto3 may weigh (the issue's goal).
WITHOUT_BOTO3 = 60 * 1024 * 1024


def _house(root: Path, text: str = "ANSWER = 42\n") -> Path:
    package = root / "layers" / "guard" / "python" / "finetune_guard"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(text)
    (package / "tests").mkdir(exist_ok=True)
    (package / "tests" / "test_it.py").write_text("")
    (package / "hints.pyi").write_text("")
    (package / "py.typed").write_text("")
    return root


def _guard(root: Path) -> LayerPackage:
    return layer_build._built("guard", "local", root)


def test_a_layer_holds_what_is_imported_and_no_tests_or_stubs(tmp_path: Path) -> None:
    package = _guard(_house(tmp_path))
    with zipfile.ZipFile(package.archive) as archive:
        names = archive.namelist()
    assert [name for name in names if not name.endswith(".pyc")] == [
        "python/finetune_guard/__init__.py",
        "python/finetune_guard/py.typed",
    ]


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    one = _guard(_house(tmp_path / "one"))
    other = _guard(_house(tmp_path / "other"))
    assert one.key == other.key
    assert one.archive.read_bytes() == other.archive.read_bytes()


def test_another_content_has_another_key(tmp_path: Path) -> None:
    before = _guard(_house(tmp_path))
    after = _guard(_house(tmp_path, "ANSWER = 43\n"))
    assert before.key != after.key
    assert after.archive.exists()


def test_a_layer_that_is_there_is_not_built_again(tmp_path: Path) -> None:
    first = _guard(_house(tmp_path))
    stamp = first.archive.stat().st_mtime_ns
    assert _guard(tmp_path).archive.stat().st_mtime_ns == stamp


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _guard(tmp_path)
    assert list((tmp_path / "build" / "layers" / "local").iterdir()) == []


def test_two_builds_at_once_end_in_one(tmp_path: Path) -> None:
    package = _guard(_house(tmp_path))
    late = tmp_path / "late"
    late.mkdir()
    (late / "guard.zip").write_bytes(b"")
    layer_build._publish(late, package.archive.parent)
    assert zipfile.is_zipfile(package.archive)


def test_byte_code_is_never_compared_with_the_time_of_its_source(tmp_path: Path) -> None:
    """Flag bits 1 and not 2 (PEP 552): the CDK sets every time to 1980."""
    package = _guard(_house(tmp_path))
    [compiled] = package.folder.rglob("*.pyc")
    assert struct.unpack("<I", compiled.read_bytes()[4:8])[0] == 0b01


def test_the_recipe_is_for_the_platform_of_the_functions() -> None:
    assert f"python{layer_build.PYTHON}" == RUNTIME.name
    assert {"arm64": "aarch64"}[ARCHITECTURE.name] == layer_build.ARCHITECTURE


@pytest.fixture(scope="module")
def layers() -> dict[str, LayerPackage]:
    """The layers for AWS, built by pip where no earlier synthesis or test has built them."""
    made = built("aws")
    return {"numeric": made.numeric, "runtime": made.runtime, "guard": made.guard}


@pytest.mark.fault(88)
def test_every_shared_object_is_for_the_functions_processor(layers: dict[str, LayerPackage]) -> None:
    objects = [path for layer in layers.values() for path in layer.folder.rglob("*.so*")]
    assert len(objects) > 10
    machines = {path.name: struct.unpack_from("<H", path.read_bytes()[:20], 18)[0] for path in objects}
    assert {name for name, machine in machines.items() if machine != ELF_AARCH64} == set()


@pytest.mark.fault(88)
def test_every_extension_module_is_for_the_functions_python(layers: dict[str, LayerPackage]) -> None:
    digits = layer_build.PYTHON.replace(".", "")
    modules = [path.name for layer in layers.values() for path in layer.folder.rglob("*.so")]
    tagged = [name for name in modules if ".cpython-" in name]
    assert len(tagged) > 10
    assert [name for name in tagged if f".cpython-{digits}-{layer_build.ARCHITECTURE}-" not in name] == []


@pytest.mark.fault(88)
def test_every_wheel_says_that_it_fits(layers: dict[str, LayerPackage]) -> None:
    digits = layer_build.PYTHON.replace(".", "")
    fitting = (f"cp{digits}-cp{digits}-manylinux", "py3-none-any", "py2.py3-none-any")
    tags = {
        path.parent.name: [
            line.removeprefix("Tag: ") for line in path.read_text().splitlines() if line.startswith("Tag: ")
        ]
        for layer in layers.values()
        for path in layer.folder.rglob("WHEEL")
    }
    assert {"numpy", "pydantic_core", "boto3"} <= {name.split("-")[0] for name in tags}
    misfits = {
        name: found for name, found in tags.items() if not any(tag.startswith(fitting) for tag in found)
    }
    assert misfits == {}


def test_what_is_in_the_layers_is_what_is_locked(layers: dict[str, LayerPackage]) -> None:
    for name in ("numeric", "runtime"):
        locked = {
            line.split(" ")[0].replace("_", "-").lower()
            for line in Path(f"layers/{name}/requirements.txt").read_text().splitlines()
            if "==" in line and not line.startswith((" ", "#"))
        }
        installed = {
            path.name.removesuffix(".dist-info").replace("-", "==").replace("_", "-").lower()
            for path in layers[name].folder.glob("python/*.dist-info")
        }
        assert installed == locked


def test_a_function_with_its_layers_stays_well_below_what_lambda_takes(
    layers: dict[str, LayerPackage],
) -> None:
    sizes = {name: _bytes(layer.folder) for name, layer in layers.items()}
    boto3 = sum(_bytes(layers["runtime"].folder / "python" / part) for part in ("boto3", "botocore"))
    assert sum(sizes.values()) < MOST_BYTES
    assert sum(sizes.values()) - boto3 < WITHOUT_BOTO3
    assert all(layer.archive.stat().st_size < 50 * 1024 * 1024 for layer in layers.values())


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
