"""`python -m local.ticker --function NAME ...`: invokes the deployed watch every few seconds.

The schedule's shortest interval is a minute, and a story of the demo takes not much more. One tick at a time:
the next begins when the last one has answered.

Lambda keeps an event that finds every execution of a function busy, and tries again; the engine drops it. A
later tick finds all that such an event would have told, but for the end of an execution: the engine keeps its
token alive. So the ticker tells of ended executions, too.
"""

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.telemetry import counter

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_stepfunctions import SFNClient

log = logging.getLogger("ticker")

#: Without an answer for so many ticks in a row the machine is gone, and so are we.
PATIENCE = 20
#: Characters of an answer that are logged.
LOGGED = 1000
#: Ends that the stack's rule tells the watch (infra/constructs/watch.py).
ENDS = frozenset({"ABORTED", "TIMED_OUT", "FAILED"})

Heard = Callable[[str], None]


@dataclass
class Ends:
    """The executions whose end the watch is still to be told, oldest first.

    Attributes:
        client: Step Functions.
        machines: ARNs of the stack's machines.
    """

    client: "SFNClient"
    machines: Sequence[str]
    _known: set[str] = field(default_factory=set)
    _waiting: list[str] = field(default_factory=list)

    def next(self) -> str:
        """The execution to tell of now, or "" where there is none or the engine does not answer."""
        try:
            for machine in self.machines:
                self._look_at(machine)
        except (BotoCoreError, ClientError) as exc:
            log.warning("executions: %s", exc)
        return self._waiting[0] if self._waiting else ""

    def told(self) -> None:
        """The watch has been told of the one that `next` gave."""
        del self._waiting[:1]

    def _look_at(self, machine: str) -> None:
        for found in reversed(self.client.list_executions(stateMachineArn=machine)["executions"]):
            if found["status"] in ENDS and found["executionArn"] not in self._known:
                self._known.add(found["executionArn"])
                self._waiting.append(found["executionArn"])


def tick(client: "LambdaClient", function: str, ends: Ends, heard: Heard = lambda _: None) -> bool:
    """One tick; says whether the engine answered, and lets what the watch said be heard."""
    ended = ends.next()
    event = {"source": "local.ticker", "detail": {"executionArn": ended}}
    try:
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    except ClientError as exc:
        log.warning("refused: %s", exc)
        return True
    except BotoCoreError as exc:
        log.warning("no answer: %s", exc)
        return False
    said = answer["Payload"].read().decode(errors="replace")
    if "FunctionError" in answer:
        log.error("failed: %s", said[:LOGGED])
        return True
    ends.told()
    log.info("%s", said[:LOGGED])
    _let_hear(said, heard)
    return True


def _let_hear(said: str, heard: Heard) -> None:
    """Counts are a service to alarms; a tick counts without."""
    try:
        heard(said)
    except (ClientError, BotoCoreError) as exc:
        log.warning("not counted: %s", exc)


def run(
    client: "LambdaClient", function: str, ends: Ends, seconds: float, heard: Heard = lambda _: None
) -> None:
    """Ticks until the engine has been gone for PATIENCE ticks."""
    unanswered = 0
    while unanswered < PATIENCE:
        unanswered = 0 if tick(client, function, ends, heard) else unanswered + 1
        time.sleep(seconds)
    log.error("the engine is gone; so am I")


def main() -> int:
    """Reads the command line and ticks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--function", required=True, help="name of the watch function")
    parser.add_argument("--machine", action="append", default=[], help="ARN of a state machine; repeatable")
    parser.add_argument("--stack", required=True, help="name of the stack, which the counts carry")
    parser.add_argument("--seconds", type=float, default=3.0, help="pause between two ticks")
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    patient = Config(read_timeout=120, retries={"max_attempts": 0})
    ends = Ends(boto3.client("stepfunctions", config=patient), arguments.machine)
    heard = counter(boto3.client("cloudwatch"), arguments.stack)
    run(boto3.client("lambda", config=patient), arguments.function, ends, arguments.seconds, heard)
    return 1


if __name__ == "__main__":
    sys.exit(main())
