"""Bills of materials, licences, audits and the search for secrets: what is there is found."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.layer_build import ROOT
from infra.supply import audit, bill, licences, secrets
from infra.supply.places import BUILDING, DEPLOYED, NPM_LOCK

LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?P<rest>(?:.*\\\n)+.*)", re.MULTILINE)


def locked(lock: str) -> Iterator[tuple[str, str, list[str]]]:
    for found in LOCKED.finditer((ROOT / lock).read_text(encoding="utf-8")):
        yield found["name"], found["version"], sorted(re.findall(r"sha256:([0-9a-f]{64})", found["rest"]))


@pytest.mark.parametrize("lock", ["layers/runtime/requirements.txt", "layers/numeric/requirements.txt"])
def test_every_locked_package_is_in_the_bill_with_version_and_hashes(lock: str) -> None:
    made = [
        (found["name"], found["version"], [each["content"] for each in found["hashes"]])  # type: ignore[attr-defined]
        for found in bill.python_components(lock)
    ]
    assert sorted(made) == sorted(locked(lock))
    assert made


def test_every_npm_package_is_in_the_bill_with_the_hash_that_npm_checks() -> None:
    lock = json.loads((ROOT / NPM_LOCK).read_text(encoding="utf-8"))
    made = bill.npm_components(lock)
    assert len(made) == len(lock["packages"]) - 1
    assert all(len(found["hashes"][0]["content"]) == 128 for found in made)  # type: ignore[index]


def test_the_same_components_in_another_order_make_the_same_bytes_without_time_path_or_host() -> None:
    made = bill.python_components("layers/numeric/requirements.txt")
    made += bill.npm_components(json.loads((ROOT / NPM_LOCK).read_text(encoding="utf-8")))
    text = bill.bill("x", made)
    assert text == bill.bill("x", reversed(made))
    assert not re.search(r"https?://|serialNumber|timestamp|20\d\d-\d\d-\d\d|" + re.escape(str(ROOT)), text)


def test_every_lock_of_the_project_is_in_a_bill() -> None:
    there = {
        str(path.relative_to(ROOT))
        for path in (*ROOT.glob("*/requirements.txt"), *ROOT.glob("layers/*/*.txt"))
    }
    there |= {str(path.relative_to(ROOT)) for path in ROOT.glob("requirements/*.txt")}
    assert there == {*DEPLOYED, *BUILDING}


def test_what_is_deployed_has_licences_that_are_allowed() -> None:
    assert licences.main() == 0
    assert len(set(licences.deployed())) > 10


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        *(
            ("MIT", True),
            ("MIT AND Zlib", True),
            ("GPL-3.0-only OR MIT", True),
            ("(MIT OR GPL-3.0-only)", True),
        ),
        *(("GPL-3.0-only", False), ("MIT AND GPL-3.0-only", False), ("", False), ("UNKNOWN", False)),
    ],
)
def test_a_licence_is_allowed_where_each_part_that_must_hold_is(expression: str, answer: bool) -> None:
    assert licences.allowed(expression) is answer


def test_a_known_vulnerability_fails_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    flaw = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    answer = json.dumps({"dependencies": [{"name": "x", "version": "1.0", "vulns": [flaw]}], "fixes": []})
    assert audit.main(lambda lock: answer, lambda lock: NPM_FINE) == audit.FOUND
    assert "x 1.0: PYSEC-1, fixed in 2.0" in capsys.readouterr().out


NPM_FINE = json.dumps({"vulnerabilities": {}, "metadata": {"dependencies": {"total": 7}}})
PIP_FINE = json.dumps({"dependencies": [{"name": "x", "version": "1.0", "vulns": []}], "fixes": []})
SKIPPED = json.dumps({"dependencies": [{"name": "x", "skip_reason": "Dependency not found"}], "fixes": []})


def test_an_audit_that_somebody_answered_is_fine() -> None:
    assert audit.main(lambda lock: PIP_FINE, lambda lock: NPM_FINE) == audit.FINE


@pytest.mark.parametrize(
    ("pip", "npm"),
    [
        *(
            (SKIPPED, NPM_FINE),
            ("", NPM_FINE),
            ("Traceback: no route", NPM_FINE),
            ('{"dependencies": []}', NPM_FINE),
        ),
        *(
            (PIP_FINE, '{"message": "405 Method Not Allowed"}'),
            (PIP_FINE, ""),
            (PIP_FINE, "{}"),
            (PIP_FINE, "null"),
        ),
    ],
)
def test_an_audit_that_nobody_answered_is_no_success(
    pip: str, npm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main(lambda lock: pip, lambda lock: npm) == audit.NOT_AUDITED
    assert "NOT AUDITED" in capsys.readouterr().out


def test_a_planted_secret_is_found(tmp_path: Path) -> None:
    key = "AKIA" + "QJ5XWRZ7YB2KDM4T"
    (tmp_path / "settings.py").write_text(f'first = 1\naws = "{key}"\n')
    (tmp_path / "plain.py").write_text("first = 1\n")
    [found] = secrets.suspects_in(("settings.py", "plain.py"), tmp_path)
    assert (found.file, found.line, found.kind) == ("settings.py", 2, "AWS Access Key")


def test_every_text_that_looks_like_a_secret_is_explained() -> None:
    assert len(secrets.known()) >= 10
    assert {file for file, _ in secrets.known()} <= set(secrets.tracked())
