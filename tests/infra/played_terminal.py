"""The CLI, typed at a terminal in front of the played stack."""

from threading import Event
from time import monotonic

from click.testing import CliRunner, Result

from finetune_guard.cli.aws_session import AwsSession
from finetune_guard.cli.main import cli
from finetune_guard.cli.target import Target
from tests.infra.played_stack import PATIENCE, PlayedStack

#: Who types, beside the functions, which are called by their handlers.
OPERATOR = "operator"


def typed(stack: PlayedStack, *arguments: str) -> Result:
    """What a command answers; while it waits, the stack goes on."""
    with stack.recorder.by(OPERATOR):
        return CliRunner().invoke(cli, arguments, obj=lambda target: PlayedSession(target, stack))


class PlayedSession(AwsSession):
    """The CLI's own tools of AWS, but for its waiting, in which the stack goes on."""

    def __init__(self, target: Target, stack: PlayedStack) -> None:
        super().__init__(target)
        self._goes_on = GoesOn(stack)

    def waiter(self) -> Event:
        return self._goes_on


class GoesOn(Event):
    """Waits not by the clock but by what happens meanwhile."""

    def __init__(self, stack: PlayedStack) -> None:
        super().__init__()
        self._stack, self._until = stack, monotonic() + PATIENCE

    def wait(self, timeout: float | None = None) -> bool:
        assert monotonic() < self._until, "the command waits in vain"
        self._stack.go_on()
        return self.is_set()
