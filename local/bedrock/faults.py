"""The fault script: what goes wrong, for which calls and jobs, and how often (examples: README.md)."""

import hashlib
import shutil
import sys
from pathlib import Path
from typing import Literal

import msgspec

from local.bedrock.errors import StandInError

What = Literal[
    "throttle",
    "server_error",
    "drop_reply",
    "delay",
    "vanish",
    "stop_conflict",
    "refuse_custom_base",
    "freeze",
    "fail",
    "grow_csv",
    "garble_csv",
]
Stage = Literal["queue", "validation", "data_processing", "waiting", "training", "finishing"]
Garbling = Literal["truncate", "bom", "nul", "duplicate_header"]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of the script.

    Attributes:
        what: The kind of fault.
        operation: Only this API operation, such as CreateModelCustomizationJob; empty for all.
        job_name: Only jobs whose name contains this; empty for all.
        times: How often: calls, publications of a CSV (garble_csv) or jobs (the rest). None for always.
        id: Any text; two faults that are otherwise the same count apart, and a new id counts anew.
        seconds: How long a delay is.
        phase: Where a job freezes or fails. `waiting` is after data processing, with training NotStarted.
        at_step: In training: after which step.
        failure_message: What a failed job says; may be what the service says for everything.
        how: How a CSV is garbled.
    """

    what: What
    operation: str = ""
    job_name: str = ""
    times: int | None = None
    id: str = ""
    seconds: float = 1.0
    phase: Stage = "training"
    at_step: int = 1
    failure_message: str = "Encountered an internal error when processing the request."
    how: Garbling = "truncate"

    def meets(self, operation: str, job_name: str) -> bool:
        """Whether the fault is meant for a call or, without an operation, a job."""
        return self.operation in {"", operation} and self.job_name in job_name

    @property
    def key(self) -> str:
        """The same for the same line."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


class FaultScript:
    """The faults of a file, read again when it changes, with a count that server and workers share.

    A fault that fired is noted as a file under `claims`, made by whoever comes first, so that `times` holds
    over processes and restarts. A line taken out of the script and put in again counts anew.
    """

    def __init__(self, path: Path | None, claims: Path) -> None:
        self._path = path
        self._claims = claims
        self._seen: tuple[int, int] | None = None
        self._faults: tuple[Fault, ...] = ()

    def first(self, whats: tuple[What, ...], operation: str, job_name: str, event: str) -> Fault | None:
        """The first fault of some kinds that is meant and not used up; counted as used for this event."""
        for fault in self._current():
            if fault.what in whats and fault.meets(operation, job_name) and self._claim(fault, event):
                return fault
        return None

    def in_phase(self, what: What, job_name: str, phase: Stage, job_id: str, step: int = 0) -> Fault | None:
        """A freeze or failure that is due at a point of a job."""
        for fault in self._current():
            due = (
                fault.what == what and fault.phase == phase and (phase != "training" or step >= fault.at_step)
            )
            if due and fault.meets("", job_name) and self._claim(fault, job_id):
                return fault
        return None

    def check(self) -> None:
        """Reads the file for the first time.

        Raises:
            StandInError: It is not a fault script.
        """
        self._faults = self._read() if self._path and self._path.exists() else ()

    def forget_old(self) -> None:
        """Drops the counts of faults that are no longer in the script; only the server calls it."""
        current = {fault.key for fault in self._current()}
        for folder in self._claims.glob("*"):
            if folder.name not in current:
                shutil.rmtree(folder, ignore_errors=True)

    def _current(self) -> tuple[Fault, ...]:
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._faults = self._read() if stamp else ()
            except StandInError as exc:
                # Perhaps half written: the next change is read again, until then the old faults hold.
                sys.stderr.write(f"{exc} The faults read before stay in force.\n")
        return self._faults

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat() if self._path else None
        except FileNotFoundError:
            return None
        return (found.st_mtime_ns, found.st_size) if found else None

    def _read(self) -> tuple[Fault, ...]:
        if self._path is None:
            return ()
        try:
            text = self._path.read_bytes().strip()
            if text.startswith(b"["):
                return msgspec.json.decode(text, type=tuple[Fault, ...])
            return tuple(msgspec.json.Decoder(Fault).decode_lines(text))
        except (OSError, msgspec.DecodeError, msgspec.ValidationError) as exc:
            raise StandInError(
                f"Cannot use the fault script {self._path}: {exc}. "
                "local/bedrock/README.md has an example of each fault."
            ) from exc

    def _claim(self, fault: Fault, event: str) -> bool:
        if fault.times is None:
            return True
        folder = self._claims / fault.key
        folder.mkdir(parents=True, exist_ok=True)
        return any(_claimed(folder / str(number), event) for number in range(fault.times))


def _claimed(place: Path, event: str) -> bool:
    """Whether a place is this event's: already so, or taken now."""
    try:
        with place.open("x", encoding="utf-8") as file:
            file.write(event)
            return True
    except FileExistsError:
        return place.read_text(encoding="utf-8") == event
