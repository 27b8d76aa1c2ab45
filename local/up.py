"""`python -m local.up`: starts the local machine and deploys the stack to it; done twice, it stays up."""

import argparse
import sys
from pathlib import Path

from local.engine.addresses import DEFAULT_REGION
from local.engine.errors import LocalMachineError
from local.engine.machine import Machine, Wishes, up
from local.engine.places import HOME, Places


def main() -> int:
    """Reads the command line and starts the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help="folder that holds all of the machine")
    parser.add_argument("--region", default=DEFAULT_REGION, help="the AWS region that it plays")
    parser.add_argument("--tick-seconds", type=float, default=3.0, help="pause between two ticks")
    parser.add_argument("--enforce-permissions", action="store_true", help="let the engine enforce the roles")
    arguments = parser.parse_args()
    wishes = Wishes(
        region=arguments.region,
        tick_seconds=arguments.tick_seconds,
        enforce_permissions=arguments.enforce_permissions,
    )
    try:
        machine = up(Places(arguments.home.resolve()), wishes, say)
    except LocalMachineError as exc:
        say(str(exc))
        return 1
    say(_ready(machine))
    return 0


def say(line: str) -> None:
    """Writes a line for the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _ready(machine: Machine) -> str:
    return (
        f"Up: stack {machine.stack.name}. In this shell:  source {machine.places.environment}\n"
        "then finetune-guard, boto3 and the AWS CLI speak to it.\n"
        "Mails: python -m local.inbox. End: make local-down."
    )


if __name__ == "__main__":
    sys.exit(main())
