"""Runs the tests of a detector on a mutant of it, in a fork that never writes to the disk what it changes."""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import CodeType, ModuleType

import pytest

#: Hypothesis is loaded before the forks, too early for pytest to rewrite its asserts.
PRELOADED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")


class Outcome(StrEnum):
    """What the tests said of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True)
class Trial:
    """Tests to run, on a module as it is or as it is changed.

    Attributes:
        tests: Test files, the likeliest to fail first, and options that choose among their tests.
        module: Full name of the changed module.
        code: What it is changed to; None for the unchanged one.
        seconds: How long the tests may take.
    """

    tests: Sequence[str]
    module: str = ""
    code: CodeType | None = None
    seconds: float = 600.0


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the changed code when the module is imported."""

    def __init__(self, module: str, code: CodeType) -> None:
        self.module, self.code = module, code

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


class _Told:
    """A pytest plugin that writes down what fails."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._tell(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._tell(report)

    def _tell(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed:
            os.write(self._descriptor, f"{report.nodeid}\n".encode())


class Running:
    """A fork that runs the tests of one trial."""

    def __init__(self, trial: Trial) -> None:
        self.began = time.monotonic()
        self.ends = self.began + trial.seconds
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 - read after the fork has ended
        self.process = os.fork()
        if self.process == 0:
            _child(trial, self._told.fileno())
        self.watch = os.pidfd_open(self.process)

    def end(self) -> Outcome:
        """What came of it, once it has ended or its time is up."""
        late = not select.select([self.watch], [], [], 0)[0]
        if late:
            os.killpg(self.process, signal.SIGKILL)
        os.close(self.watch)
        status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        if late:
            return Outcome.TIMED_OUT
        return Outcome.SURVIVED if status == 0 else Outcome.KILLED

    @property
    def seconds(self) -> float:
        """Since it was started."""
        return time.monotonic() - self.began

    @property
    def first_failure(self) -> str:
        """The first test that failed, as pytest names it; "" where none has."""
        self._told.seek(0)
        return self._told.readline().decode().strip()


def first_done(running: Sequence[Running]) -> Running:
    """The first of them to end, or to be out of time."""
    left = max(min(one.ends for one in running) - time.monotonic(), 0.0)
    ready = select.select([one.watch for one in running], [], [], left)[0]
    done = [one for one in running if one.watch in ready]
    return done[0] if done else min(running, key=lambda one: one.ends)


def seconds_unchanged(tests: Sequence[str]) -> float:
    """How long the tests take on the code as it is.

    Raises:
        SystemExit: They fail.
    """
    run = Running(Trial(tests))
    first_done([run])
    if run.end() is not Outcome.SURVIVED:
        raise SystemExit(f"The tests fail on the code as it is: {' '.join(tests)}")
    return time.monotonic() - run.began


def _child(trial: Trial, told: int) -> None:
    """Never returns; the exit code is that of the tests."""
    os.setpgid(0, 0)
    status = 1
    try:
        if trial.code is not None:
            _silence()
            sys.meta_path.insert(0, _Changed(trial.module, trial.code))
        options = ["-x", "-p", "no:cacheprovider", "--hypothesis-seed=0", *PRELOADED]
        status = int(pytest.main([*options, *trial.tests], plugins=[_Told(told)]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
