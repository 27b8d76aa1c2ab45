"""`python -m local.ticker --function NAME`: invokes the deployed watch every few seconds.

The schedule's shortest interval is a minute, and a story of the demo takes not much more. One tick at a time:
the next begins when the last one has answered.
"""

import argparse
import logging
import sys
import time
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

log = logging.getLogger("ticker")

#: Without an answer for so many ticks in a row the machine is gone, and so are we.
PATIENCE = 20
#: What the schedule sends is not read by the watch: a tick looks at everything that is open.
EVENT = b'{"source": "local.ticker"}'


def tick(client: "LambdaClient", function: str) -> bool:
    """One tick; says whether the engine answered."""
    try:
        answer = client.invoke(FunctionName=function, Payload=EVENT)
    except ClientError as exc:
        log.warning("refused: %s", exc)
        return True
    except BotoCoreError as exc:
        log.warning("no answer: %s", exc)
        return False
    said = answer["Payload"].read().decode(errors="replace")[:1000]
    if "FunctionError" in answer:
        log.error("failed: %s", said)
    else:
        log.info("%s", said)
    return True


def run(client: "LambdaClient", function: str, seconds: float) -> None:
    """Ticks until the engine has been gone for PATIENCE ticks."""
    unanswered = 0
    while unanswered < PATIENCE:
        unanswered = 0 if tick(client, function) else unanswered + 1
        time.sleep(seconds)
    log.error("the engine is gone; so am I")


def main() -> int:
    """Reads the command line and ticks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--function", required=True, help="name of the watch function")
    parser.add_argument("--seconds", type=float, default=3.0, help="pause between two ticks")
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    patient = Config(read_timeout=120, retries={"max_attempts": 0})
    run(boto3.client("lambda", config=patient), arguments.function, arguments.seconds)
    return 1


if __name__ == "__main__":
    sys.exit(main())
