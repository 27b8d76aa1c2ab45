"""The deployed stack as the stories see it: with the same tools as the terminal."""

from finetune_guard.cli.aws_session import AwsSession
from finetune_guard.cli.target import Target
from finetune_guard.usecases.start_run import StartTools
from finetune_guard.usecases.waiting import Waiter
from local.demo.following import World
from local.engine.machine import Machine
from local.inbox.delivery import opened


def world_of(machine: Machine, waiter: Waiter) -> World:
    """The world of a machine that this process is a client of."""
    session = AwsSession(Target(machine.stack.name, None))
    return World(
        start=StartTools(session.files(), session.workflow(), session.clock()),
        store=session.store(),
        bucket=session.bucket(),
        machine=session.machine,
        fetch_mails=opened(machine.places.inbox).fetch,
        waiter=waiter,
    )
