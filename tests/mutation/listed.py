"""The listed faults: what each changes, and which tests might notice, the quickest first."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("faults.toml")
PACKAGE = "finetune_guard"
SOURCE = Path("layers/guard/python", PACKAGE)
TESTS = Path("tests")
CONTRACTS = tuple(
    str(TESTS / "contracts" / f"test_run_store{part}.py") for part in ("", "_writes", "_alerts")
)
#: What decides, on records alone.
RULES = tuple(
    str(TESTS / "core" / f"test_{name}.py")
    for name in ("affording", "keeping", "segmenting", "rehearsing", "sweep_move", "resuming", "asking")
)
#: What runs and watches jobs, a step at a time, on the fakes.
STEPS = tuple(
    str(TESTS / "usecases" / f"test_{name}.py")
    for name in (
        *("await_run", "clean_up", "report", "advance", "create_jobs", "watch", "resume_run", "answer_run"),
        *("stop_run", "versions"),
    )
)
#: Whole runs, nights and crashes.
WHOLE = (
    str(TESTS / "mutation" / "nights.py"),
    *(
        str(TESTS / "usecases" / f"test_{name}.py")
        for name in (
            *("load", "promises", "crash_points", "breaker", "long_promises"),
            "crash_points_of_long_runs",
        )
    ),
)


@dataclass(frozen=True, slots=True)
class ListedFault:
    """A fault that is put into the code by hand.

    Attributes:
        number: Its place in the list.
        file: What it changes, below the package.
        breaks: The promise that is broken, a sentence.
        old: The text that it takes away; once in the file.
        new: What stands there instead.
    """

    number: int
    file: str
    breaks: str
    old: str
    new: str

    @property
    def module(self) -> str:
        """Full name of the module."""
        return f"{PACKAGE}.{self.file.removesuffix('.py').replace('/', '.')}"

    @property
    def rounds(self) -> tuple[Sequence[str], ...]:
        """Tests to run first, its own before others, and those to run where none of these fails."""
        room, _, name = self.file.rpartition("/")
        mirror = TESTS / room / f"test_{name}"
        own = (str(mirror),) if mirror.exists() else ()
        if room == "aws":
            return ((*own, str(TESTS / "aws" / "test_dynamo_table.py"), *CONTRACTS),)
        rules = RULES if room == "core" else ()
        return ((*own, *rules, *STEPS), WHOLE)

    def put_into(self, source: str) -> str:
        """The module's source with the fault.

        Raises:
            ValueError: The text that it takes away is not there, or more than once.
        """
        if source.count(self.old) != 1:
            raise ValueError(
                f"Fault {self.number}: {self.file} has {source.count(self.old)} times {self.old!r}"
            )
        return source.replace(self.old, self.new)


def listed() -> tuple[ListedFault, ...]:
    """Every fault, in order."""
    return tuple(ListedFault(**fault) for fault in tomllib.loads(LIST.read_text())["fault"])


def source_of(fault: ListedFault) -> str:
    """The module that it changes, as it is."""
    return (SOURCE / fault.file).read_text()
