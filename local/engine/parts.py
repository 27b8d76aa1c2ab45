"""The parts of a local machine, each started and waited for: engine, Bedrock stand-in, ticker."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import boto3

from finetune_guard.cli.aws_session import MACHINES
from finetune_guard.core.wire import JsonValue
from local.engine import addresses, environment, processes
from local.engine.addresses import Addresses
from local.engine.deployment import PYTHON, Stack
from local.engine.errors import NotReadyError, NotSetUpError
from local.engine.places import ROOT, Places

PARTS = frozenset({"engine", "bedrock", "ticker"})
ENGINE_PYTHON = ROOT / ".venv-engine" / "bin" / "python"
#: The engine is up in half a second, with much to restore in two (local/README.md).
START_SECONDS = 60.0


def start_engine(places: Places, where: Addresses, enforce_permissions: bool) -> None:
    """Starts the engine, and returns once it answers.

    Raises:
        NotSetUpError: It is not installed.
        NotReadyError: It did not answer in time.
    """
    if not ENGINE_PYTHON.exists():
        raise NotSetUpError(f"{ENGINE_PYTHON} is missing: run `make setup`.")
    variables = environment.of_engine(where, places, enforce_permissions)
    command = (ENGINE_PYTHON, "-m", "ministack")
    started = processes.start("engine", command, variables, places.home, places.logs, places.processes)
    certificate = places.certificate if where.tls else None
    ready = where.engine_url + "/_ministack/ready"
    _await(lambda: addresses.answers(ready, certificate), "engine", started, places)


def start_stand_in(
    places: Places,
    where: Addresses,
    settings: Mapping[str, JsonValue],
    faults: Sequence[Mapping[str, JsonValue]],
) -> None:
    """Starts the Bedrock stand-in, and returns once it answers.

    Args:
        places: Where the machine keeps what it has.
        where: The addresses.
        settings: As in local/bedrock/README.md, but for region and account.
        faults: The fault script, as there.

    Raises:
        NotReadyError: It did not answer in time.
    """
    whole = {**settings, "region": where.region, "account": environment.ACCOUNT}
    places.bedrock_settings.write_text(json.dumps(whole, indent=1))
    places.bedrock_faults.write_text(json.dumps(list(faults), indent=1))
    command: list[str | Path] = [PYTHON, "-m", "local.bedrock", "--port", str(where.bedrock)]
    command += ["--state", places.bedrock_state]
    command += ["--settings", places.bedrock_settings, "--faults", places.bedrock_faults]
    variables = environment.of_stand_in(where, places)
    started = processes.start("bedrock", command, variables, ROOT, places.logs, places.processes)
    ready = where.bedrock_url + "/model-customization-jobs"
    _await(lambda: addresses.answers(ready), "Bedrock stand-in", started, places)


def start_ticker(places: Places, client: Mapping[str, str], stack: Stack, seconds: float) -> None:
    """Starts what ticks for the watch's schedule, tells it of ended executions and counts what it says."""
    command: list[str | Path] = [PYTHON, "-m", "local.ticker", "--stack", stack.name]
    command += ["--function", stack.output("WatchFunctionName"), "--seconds", f"{seconds:g}"]
    for machine in MACHINES.values():
        command += ["--machine", stack.output(machine)]
    processes.start("ticker", command, client, ROOT, places.logs, places.processes)


def two_ticks_at_a_time(watch: str) -> None:
    """Bounds the watch on this machine only; the stack does not.

    Every change of a job or file rings for a tick. AWS runs as many at once as it likes; here each further
    one is a Python that starts and takes seconds of a core from those at work, which then are late, and so
    on: 52 starts in two minutes were seen, and ticks that took a minute. A ring that finds both busy is
    dropped by the engine; the ticker makes it good.
    """
    boto3.client("lambda").put_function_concurrency(FunctionName=watch, ReservedConcurrentExecutions=2)


def _await(ready: Callable[[], bool], what: str, started: processes.Started, places: Places) -> None:
    try:
        addresses.wait_until(ready, f"The {what}", START_SECONDS, lambda: started.alive)
    except NotReadyError as exc:
        log = places.logs / f"{started.name}.log"
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
        raise NotReadyError(f"{exc} The end of {log}:\n{tail}") from exc
