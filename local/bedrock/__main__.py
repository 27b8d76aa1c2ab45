"""`python -m local.bedrock --port 0 --state DIR [--faults FILE] [--settings FILE] [--port-file FILE]`."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from local.bedrock.catalog import CATALOG
from local.bedrock.errors import StandInError
from local.bedrock.server import LOOPBACK
from local.bedrock.settings import read_settings
from local.bedrock.stand_in import StandIn
from local.bedrock.store import write_whole


def main(arguments: Sequence[str]) -> int:
    """Serves until SIGTERM or SIGINT; 0 then, 2 where what was given cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        stand_in = StandIn(
            options.port, options.state, read_settings(options.settings), options.faults, options.catalog
        )
    except (StandInError, OSError) as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    port = str(stand_in.server.port)
    write_whole(options.port_file or options.state / "port", port.encode())
    sys.stdout.write(f"http://{LOOPBACK}:{port}\n")
    sys.stdout.flush()
    _end_on_signal(stand_in)
    stand_in.serve()
    return 0


def _end_on_signal(stand_in: StandIn) -> None:
    # In a thread of its own: shutdown waits for serve_forever, which the signal has interrupted.
    def end(*_: object) -> None:
        threading.Thread(target=stand_in.close).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.bedrock", description="A stand-in for Amazon Bedrock."
    )
    parser.add_argument("--port", type=int, default=0, help="on loopback; 0 (the default) takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="folder where jobs and models are kept")
    parser.add_argument("--faults", type=Path, help="fault script, read again when it changes")
    parser.add_argument("--settings", type=Path, help="settings, read once")
    parser.add_argument("--port-file", type=Path, help="where the port is written; STATE/port by default")
    parser.add_argument("--catalog", type=Path, default=CATALOG, help="base models; the product's by default")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
