"""A job's own process: `python -m local.bedrock.worker`, started by the server, never by hand.

The first line of standard input is the assignment, a line `stop` the order to stop, and the end of input
means that the server is gone: the worker then ends at once, whatever it is doing. What happens goes to
standard output, a line of JSON each.
"""

import os
import sys
import threading

import msgspec

from local.bedrock.messages import STOP, Assignment, Report
from local.bedrock.object_stores import objects_at
from local.bedrock.phases import JobRun


def main() -> None:
    """Works on one job to its end."""
    assignment = msgspec.json.decode(sys.stdin.readline(), type=Assignment)
    stop = threading.Event()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    JobRun(assignment, objects_at(assignment.object_store), stop, _say).run()
    # The listening thread sits in a read that nothing will end; a normal exit could wait for its lock.
    sys.stdout.flush()
    os._exit(0)


def _listen(stop: threading.Event) -> None:
    for line in sys.stdin:
        if line.strip() == STOP:
            stop.set()
    # The parent is gone, and with it everybody who could use the result.
    os._exit(1)


def _say(report: Report) -> None:
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
