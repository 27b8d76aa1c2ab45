"""`python -m local.down`: ends the local machine; its state stays for the next start, unless --forget."""

import argparse
import shutil
import sys
from pathlib import Path

from local.engine.machine import down
from local.engine.places import HOME, Places
from local.up import say


def main() -> int:
    """Reads the command line and ends the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help="folder that holds all of the machine")
    parser.add_argument("--forget", action="store_true", help="remove its state, logs and mails as well")
    arguments = parser.parse_args()
    places = Places(arguments.home.resolve())
    down(places, say)
    if arguments.forget:
        shutil.rmtree(places.home, ignore_errors=True)
        say(f"Removed {places.home}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
