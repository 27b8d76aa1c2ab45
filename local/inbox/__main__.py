"""`python -m local.inbox [--home FOLDER]`: every mail that has arrived, oldest first."""

import argparse
import sys
from pathlib import Path

from local.engine.errors import LocalMachineError
from local.engine.machine import client_of
from local.engine.places import HOME, Places
from local.inbox.delivery import opened
from local.inbox.mails import kept, shown

_RULE = "=" * 100 + "\n"


def main() -> int:
    """Fetches what is new where the machine is up, and shows all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help="folder of the local machine")
    places = Places(parser.parse_args().home)
    try:
        client_of(places)
        opened(places.inbox).fetch()
    except LocalMachineError as exc:
        sys.stderr.write(f"{exc} What had arrived before:\n")
    mails = kept(places.inbox)
    sys.stdout.write(_RULE.join(shown(mail) + "\n" for mail in mails) or "No mail has arrived.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
