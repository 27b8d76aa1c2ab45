"""One answer of the doctor, and all of them together."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a check came to."""

    OK = "OK"
    WARNING = "WARNING"
    BROKEN = "BROKEN"
    NOT_CHECKED = "NOT CHECKED"


@dataclass(frozen=True, slots=True)
class Check:
    """One answer.

    Attributes:
        check: What was looked at.
        state: What it came to.
        seen: What was seen, one sentence or some.
        expected: What was expected.
        advice: What to do; "" where nothing is to be done.
    """

    check: str
    state: State
    seen: str
    expected: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked at, and what is expected.

    Attributes:
        check: Its name, which others build on.
        expected: What is well, in a phrase.
    """

    check: str
    expected: str

    def ok(self, seen: str) -> Check:
        """All is well."""
        return Check(self.check, State.OK, seen, self.expected)

    def warning(self, seen: str, advice: str) -> Check:
        """The stack works, but somebody should look."""
        return Check(self.check, State.WARNING, seen, self.expected, advice)

    def broken(self, seen: str, advice: str) -> Check:
        """The stack cannot do its work, or does it without anybody knowing."""
        return Check(self.check, State.BROKEN, seen, self.expected, advice)

    def not_checked(self, why: str, advice: str = "") -> Check:
        """Nobody knows."""
        return Check(self.check, State.NOT_CHECKED, why, self.expected, advice)

    def of(self, which: str) -> "Question":
        """The same question about one of several things."""
        return Question(f"{self.check} {which}", self.expected)


@dataclass(frozen=True, slots=True)
class Examination:
    """Every answer.

    Attributes:
        checks: In the order in which a person should read them.
    """

    checks: tuple[Check, ...]

    @property
    def could_run(self) -> bool:
        """Whether anything but the credentials and the region could be asked."""
        asked = (check for check in self.checks if check.check not in ("credentials", "region"))
        return any(check.state is not State.NOT_CHECKED for check in asked)

    @property
    def ok(self) -> bool:
        """Whether it could run and nothing is broken."""
        return self.could_run and not self.count(State.BROKEN)

    def count(self, state: State) -> int:
        """How many checks came to this."""
        return sum(check.state is state for check in self.checks)
