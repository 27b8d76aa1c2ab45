"""Asks for known vulnerabilities of everything that is locked: `python -m infra.supply.audit`.

The answers come from two services beyond the files of the package registries. Where one does not answer, that
is said and is no success: nothing was audited then.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from infra.layer_build import ROOT
from infra.supply.places import BUILDING, DEPLOYED, NPM_LOCK, answered

#: Exit codes: nothing is known, something is, nobody answered.
FINE, FOUND, NOT_AUDITED = 0, 1, 2

Ask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Audit:
    """What is known of one lock.

    Attributes:
        lock: Which.
        audited: Packages that somebody knows about.
        found: A sentence for each known vulnerability.
        unknown: Why packages, or all of them, were not audited.
    """

    lock: str
    audited: int
    found: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """A line for a person, and one for each fault."""
        return "\n".join(
            (
                f"{self.lock}: {self.audited} packages audited",
                *(f"  {each}" for each in self.found + self.unknown),
            )
        )


def main(ask_python: Ask | None = None, ask_npm: Ask | None = None) -> int:
    """Audits every lock."""
    audits = [python_audit(lock, (ask_python or _ask_pip_audit)(lock)) for lock in (*DEPLOYED, *BUILDING)]
    audits.append(npm_audit((ask_npm or _ask_npm)(NPM_LOCK)))
    sys.stdout.writelines(f"{audit.told}\n" for audit in audits)
    if any(audit.found for audit in audits):
        return FOUND
    if any(audit.unknown for audit in audits):
        sys.stdout.write("NOT AUDITED: a source of known vulnerabilities did not answer for everything.\n")
        return NOT_AUDITED
    return FINE


def python_audit(lock: str, answer: str) -> Audit:
    """What pip-audit's JSON says; it calls it a success when it could ask nobody."""
    read = _parsed(answer)
    packages: Sequence[Mapping[str, object]] = read.get("dependencies", ())  # type: ignore[assignment]
    skipped = [str(package["skip_reason"]) for package in packages if "skip_reason" in package]
    found = [
        f"{package['name']} {package['version']}: {flaw['id']}, {_mended(flaw)}"
        for package in packages
        for flaw in package.get("vulns", ())  # type: ignore[attr-defined]
    ]
    unknown = (f"{len(skipped)} packages not audited, such as: {skipped[0]}",) if skipped else ()
    if not packages:
        unknown = (f"no answer: {answer.strip()[-200:] or 'nothing'}",)
    return Audit(lock, len(packages) - len(skipped), tuple(found), unknown)


def _mended(flaw: Mapping[str, object]) -> str:
    versions: Sequence[str] = flaw.get("fix_versions") or ()  # type: ignore[assignment]
    return f"fixed in {', '.join(versions)}" if versions else "not fixed yet"


def npm_audit(answer: str) -> Audit:
    """What npm's JSON says."""
    read = _parsed(answer)
    counts: Mapping[str, object] = read.get("metadata", {})  # type: ignore[assignment]
    if "vulnerabilities" not in read or not counts:
        said = read.get("message") or answer.strip()[-200:] or "nothing"
        return Audit(NPM_LOCK, 0, (), (f"no answer: {said}",))
    flaws: Mapping[str, Mapping[str, object]] = read["vulnerabilities"]  # type: ignore[assignment]
    total: Mapping[str, int] = counts["dependencies"]  # type: ignore[assignment]
    found = tuple(f"{name}: {flaw['severity']}, in {flaw['range']}" for name, flaw in flaws.items())
    return Audit(NPM_LOCK, total["total"], found)


def _parsed(answer: str) -> Mapping[str, object]:
    start = answer.find("{")
    try:
        read = json.JSONDecoder().raw_decode(answer[start:])[0] if start >= 0 else {}
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _ask_pip_audit(lock: str) -> str:
    options = ("--no-deps", "--disable-pip", "--require-hashes", "--format=json", "--progress-spinner=off")
    done = answered(("pip-audit", "-r", lock, *options))
    return done.stdout or done.stderr


def _ask_npm(lock: str) -> str:
    command = ["npm", "audit", "--json", "--package-lock-only"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout or done.stderr


if __name__ == "__main__":
    sys.exit(main())
