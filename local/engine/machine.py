"""The local machine as a whole: up, down, and who is its client."""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from finetune_guard.core.wire import JsonValue
from local.engine import addresses, environment, processes
from local.engine.addresses import DEFAULT_REGION, Addresses
from local.engine.deployment import Stack, deploy, deployed
from local.engine.errors import NotRunningError
from local.engine.parts import PARTS, start_engine, start_stand_in, start_ticker, two_ticks_at_a_time
from local.engine.places import Places
from local.engine.processes import End
from local.inbox.delivery import subscribe
from local.telemetry import settle_alarms

Say = Callable[[str], None]

#: The engine saves its state once the function that it runs has answered; a busy machine takes its time.
PATIENCE_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one may choose about a local machine.

    Attributes:
        stack: Name of the stack.
        region: The AWS region that the machine plays.
        tick_seconds: Pause between two ticks of the ticker.
        enforce_permissions: Whether the engine enforces the policies of roles and buckets; it then speaks
            TLS, since the buckets refuse whoever comes without.
        stand_in: The stand-in's settings (local/bedrock/README.md).
        faults: The stand-in's fault script.
        options: Deploy options (infra/settings.py).
    """

    stack: str = "FinetuneGuard"
    region: str = DEFAULT_REGION
    tick_seconds: float = 3.0
    enforce_permissions: bool = False
    stand_in: Mapping[str, JsonValue] = field(default_factory=dict)
    faults: tuple[Mapping[str, JsonValue], ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that is up.

    Attributes:
        places: Where it keeps what it has.
        addresses: Where it listens.
        stack: The deployed stack.
    """

    places: Places
    addresses: Addresses
    stack: Stack


def up(places: Places, wishes: Wishes, say: Say) -> Machine:
    """Starts engine, stand-in and ticker, deploys the stack; a machine that is up is left as it is.

    Raises:
        LocalMachineError: Something is missing, did not start or could not be deployed; nothing is left
            running.
    """
    places.make()
    with _alone(places):
        if is_up(places):
            say("The local machine is up already.")
            return client_of(places)
        _end_all(places)
        _forget_torn_state(places, say)
        try:
            return _up(places, wishes, say)
        except BaseException:
            _end_all(places)
            raise


def down(places: Places, say: Say) -> None:
    """Ends what is running of the machine; its state stays, so that the next start goes on from there."""
    if not places.processes.exists():
        say("Nothing was ever started here.")
        return
    with _alone(places):
        ended = _end_all(places)
    say(f"Ended: {', '.join(ended)}." if ended else "Nothing was running.")


def is_up(places: Places) -> bool:
    """Whether all parts are running and the deployment was finished."""
    alive = {started.name for started in processes.recorded(places.processes) if started.alive}
    return alive >= PARTS and places.environment.exists()


def client_of(places: Places) -> Machine:
    """Makes this process a client of the machine, as `source .local/env` does for a shell.

    Raises:
        NotRunningError: It is not up.
    """
    where, variables = addresses.read(places.addresses), environment.read_exports(places.environment)
    if where is None or not variables or not is_up(places):
        raise NotRunningError("The local machine is not up: run `make local-up`.")
    environment.apply(variables)
    return Machine(places, where, deployed(places, variables[environment.STACK_VARIABLE]))


def _up(places: Places, wishes: Wishes, say: Say) -> Machine:
    where = addresses.chosen(places.addresses, wishes.region, wishes.enforce_permissions)
    say(f"Starting the engine at {where.engine_url}.")
    start_engine(places, where, wishes.enforce_permissions)
    variables = environment.client_variables(where, places, wishes.stack)
    client = environment.of_client(where, places, wishes.stack)
    environment.apply(variables)
    say(f"Deploying stack {wishes.stack} with the CDK CLI; logs are in {places.logs}.")
    stack = deploy(places, wishes.stack, client, wishes.options)
    subscribe((stack.output("AlertTopicArn"), stack.output("OpsTopicArn")))
    watch = stack.output("WatchFunctionName")
    two_ticks_at_a_time(watch)
    settle_alarms(wishes.stack)
    say(f"Starting the Bedrock stand-in at {where.bedrock_url}, and a ticker for the watch.")
    start_stand_in(places, where, {**wishes.stand_in, "event_function": watch}, wishes.faults)
    start_ticker(places, client, stack, wishes.tick_seconds)
    places.resumable.touch()
    environment.write_exports(places.environment, variables)
    return Machine(places, where, stack)


def _end_all(places: Places) -> list[str]:
    places.environment.unlink(missing_ok=True)
    started = processes.recorded(places.processes)
    how = {each.name: processes.end(each, places.processes, PATIENCE_SECONDS) for each in started}
    if how.get("engine", End.ENDED) is not End.ENDED:
        places.resumable.unlink(missing_ok=True)
    shutil.rmtree(places.temporary, ignore_errors=True)
    places.temporary.mkdir(parents=True, exist_ok=True)
    return [name for name, ending in how.items() if ending is not End.GONE]


def _forget_torn_state(places: Places, say: Say) -> None:
    """The engine saves tables and stacks when it is ended, files at once: after a kill they do not match."""
    if not places.resumable.exists() and any(places.engine_state.iterdir()):
        say("The last machine here was not deployed to the end, or was killed: its state is dropped.")
        for folder in (places.engine_state, places.bedrock_state):
            shutil.rmtree(folder)
        places.make()
    places.resumable.unlink(missing_ok=True)


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """Two that start or end the same machine wait for each other; the lock goes with the process."""
    with places.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
