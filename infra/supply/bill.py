"""Writes what is deployed and what builds it as CycloneDX: `python -m infra.supply.bill`, into build/sbom.

The same locks give the same bytes: there is no time, no serial number, no path and no host in it.
"""

import base64
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from infra.layer_build import ROOT
from infra.supply.licences import licence_of
from infra.supply.places import BUILDING, DEPLOYED, NPM_LOCK, answered

Component = dict[str, object]

OUTPUT = ROOT / "build" / "sbom"
SPECIFICATION = "1.6"
#: The chart of the pages, which is shipped inside the package (docs/adr/0016).
SHIPPED_SCRIPT = "uplot"
_CHECK = (
    "import sys; from cyclonedx.schema import SchemaVersion; from cyclonedx.validation.json import "
    "JsonStrictValidator; text = open(sys.argv[1]).read(); "
    "fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text); "
    "sys.exit(str(fault) if fault else 0)"
)


def main() -> int:
    """Writes both bills; says where."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    npm = npm_components(json.loads((ROOT / NPM_LOCK).read_text(encoding="utf-8")))
    shipped = [component for component in npm if component["name"] == SHIPPED_SCRIPT]
    for name, locks, more in (("deployed", DEPLOYED, shipped), ("tools", BUILDING, npm)):
        found = [component for lock in locks for component in python_components(lock)]
        path = OUTPUT / f"{name}.cdx.json"
        path.write_text(bill(f"finetune-guard, {name}", [*found, *more]), encoding="utf-8")
        _check(path)
        sys.stdout.write(
            f"{path.relative_to(ROOT)}: {len(json.loads(path.read_text())['components'])} components\n"
        )
    return 0


def bill(name: str, components: Iterable[Component]) -> str:
    """A bill of these components, each once, in the order of their names and versions."""
    by_purl = {str(component["purl"]): component for component in components}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "version": 1,
        "metadata": {"component": {"type": "application", "name": name, "bom-ref": name}},
        "components": [by_purl[purl] for purl in sorted(by_purl)],
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def python_components(lock: str) -> list[Component]:
    """The packages of one lock file, each with the hash of every file that may be installed."""
    command = (
        "cyclonedx-py",
        "requirements",
        "--output-reproducible",
        "--no-validate",
        "--sv",
        SPECIFICATION,
        lock,
    )
    done = answered(command)
    if done.returncode:
        raise RuntimeError(f"{lock} cannot be read as a lock file: {done.stderr}")
    licensed = lock in DEPLOYED
    return [_python_component(found, licensed) for found in json.loads(done.stdout)["components"]]


def _python_component(found: Mapping[str, object], licensed: bool) -> Component:
    """The tool's own words would name the index and the line of the file."""
    purl, name = str(found["purl"]), str(found["name"])
    references: Sequence[Mapping[str, object]] = found["externalReferences"]  # type: ignore[assignment]
    hashes: Iterable[Mapping[str, str]] = references[0]["hashes"]  # type: ignore[assignment]
    made = _component(name, str(found["version"]), purl, [dict(each) for each in hashes])
    return made | {"licenses": [{"expression": licence_of(name)}]} if licensed else made


def npm_components(lock: Mapping[str, Mapping[str, Mapping[str, str]]]) -> list[Component]:
    """The packages of a package-lock.json, with the hash that npm checks."""
    return [
        _npm_component(path.rpartition("node_modules/")[2], package)
        for path, package in lock["packages"].items()
        if path
    ]


def _npm_component(name: str, package: Mapping[str, str]) -> Component:
    kind, _, digest = package["integrity"].partition("-")
    purl = f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
    content = base64.b64decode(digest).hex()
    made = _component(
        name, package["version"], purl, [{"alg": kind.upper().replace("SHA", "SHA-"), "content": content}]
    )
    return made | {"licenses": [{"expression": package["license"]}]}


def _component(name: str, version: str, purl: str, hashes: Sequence[Mapping[str, str]]) -> Component:
    """Each file that may be installed has its hash here, in an order of its own."""
    known = sorted(hashes, key=lambda each: each["content"])
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": purl,
        "bom-ref": purl,
        "hashes": known,
    }


def _check(path: Path) -> None:
    done = answered(("python", "-c", _CHECK, str(path)))
    if done.returncode:
        raise RuntimeError(f"{path} is no CycloneDX {SPECIFICATION}: {done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
