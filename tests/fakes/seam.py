"""The seam around every outgoing call of a fake: what was called, and where a test may break in.

A fake's public port methods are marked `@outgoing`. Each appends "<port>.<method>" to `seam.calls`, asks
`seam.interrupt.before(call)`, does its work, and asks `seam.interrupt.after(call)`; whatever these raise
reaches the caller. So raising in `before` is a call that never arrived, and raising in `after` is a call that
was carried out and whose reply was lost.

    seam = Seam(CrashAt(3, "after"))       # the process dies once the third call is carried out
    seam = Seam(Faults().add("jobs.create", ServiceUnavailableError("throttled")))
    seam.interrupt = Calm()                # the next process runs undisturbed

What was carried out is told to `seam.witness` at once, before anything can lose the reply. Whoever plays a
process says so first, with `seam.begin(USE_CASE)`; `seam.herald` is told.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Concatenate, Literal, ParamSpec, Protocol, TypeVar

When = Literal["before", "after"]
Witness = Callable[[str, tuple[object, ...], object], None]
Herald = Callable[[str], None]


class Interrupt(Protocol):
    """What may happen around an outgoing call."""

    def before(self, call: str) -> None: ...

    def after(self, call: str) -> None: ...


def nobody(call: str, given: tuple[object, ...], answer: object) -> None:
    """Witnesses nothing."""


def unheard(use_case: str) -> None:
    """Tells nobody that a process begins."""


class Calm:
    """Lets everything pass."""

    def before(self, call: str) -> None:
        return

    def after(self, call: str) -> None:
        return


class Crash(BaseException):
    """The process dies here; no `except Exception` of the code under test sees it."""


@dataclass
class CrashAt:
    """Dies before, or after, the nth outgoing call of all fakes that share the seam; n counts from 0.

    After a call that was refused it dies before the next one, which is the same: nothing lies between them.
    """

    nth: int
    when: When
    seen: int = 0

    def before(self, call: str) -> None:
        if self.seen == self.nth + (self.when == "after"):
            raise Crash(f"{self.when} call {self.nth}, before {call}")
        self.seen += 1

    def after(self, call: str) -> None:
        if self.when == "after" and self.seen == self.nth + 1:
            raise Crash(f"after call {self.nth}, {call}")


@dataclass
class Faults:
    """A script of errors: each is raised once, at the next call of that name; then the call works again."""

    script: dict[tuple[str, When], deque[BaseException]] = field(default_factory=lambda: defaultdict(deque))

    def add(self, call: str, *errors: BaseException, when: When = "before") -> "Faults":
        self.script[(call, when)].extend(errors)
        return self

    def before(self, call: str) -> None:
        self._raise(call, "before")

    def after(self, call: str) -> None:
        self._raise(call, "after")

    def _raise(self, call: str, when: When) -> None:
        if self.script[(call, when)]:
            raise self.script[(call, when)].popleft()


@dataclass
class Meanwhile:
    """The first call of a name hangs, before or after it is carried out, and something happens meanwhile."""

    call: str
    act: Callable[[], object]
    when: When = "before"
    over: bool = False

    def before(self, call: str) -> None:
        self._happen(call, "before")

    def after(self, call: str) -> None:
        self._happen(call, "after")

    def _happen(self, call: str, when: When) -> None:
        if not self.over and (call, when) == (self.call, self.when):
            self.over = True
            self.act()


@dataclass
class Seam:
    """Shared by the fakes of one world: every call in order; all but the calls may be exchanged."""

    interrupt: Interrupt = field(default_factory=Calm)
    calls: list[str] = field(default_factory=list)
    witness: Witness = nobody
    herald: Herald = unheard

    def begin(self, use_case: str) -> None:
        """A process begins, which is this use case."""
        self.herald(use_case)


class Seamed:
    """Base of the fakes; `port` is the first half of a call's name."""

    port = ""

    def __init__(self, seam: Seam | None = None) -> None:
        self.seam = seam or Seam()

    @property
    def calls(self) -> list[str]:
        """This fake's own calls, without the port's name."""
        prefix = f"{self.port}."
        return [call.removeprefix(prefix) for call in self.seam.calls if call.startswith(prefix)]


P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=Seamed)


def outgoing(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Marks a port's method as an outgoing call."""

    @wraps(method)
    def called(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        call = f"{self.port}.{method.__name__}"
        self.seam.calls.append(call)
        self.seam.interrupt.before(call)
        result = method(self, *args, **kwargs)
        self.seam.witness(call, args, result)
        self.seam.interrupt.after(call)
        return result

    return called
