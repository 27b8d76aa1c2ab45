"""Simulated nights by the hundred.

python -m tests.simulation --seeds 1-1000 --processes 2 [--write]

Ended by Ctrl-C, it tells of the nights that were played until then.
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import Pool
from pathlib import Path

from tests.generated_part import with_part
from tests.simulation.figures import Figures
from tests.simulation.playing import explained, played

PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"
MARKS = ("<!-- figures -->", "<!-- /figures -->")
#: Failing seeds that are explained; each takes up to a few minutes.
MOST_EXPLAINED = 5


def main() -> int:
    """Plays the seeds; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", default="1-1000", help="such as 7 or 1-1000")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write the figures into docs/simulation.md")
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    total = Figures()
    with suppress(KeyboardInterrupt):
        for figures in _played(seeds, asked.processes):
            total.add(figures)
            print(f"\r{total.line}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    said = (
        f"Seeds {asked.seeds}:" if total.seeds == len(seeds) else f"{total.seeds} of the seeds {asked.seeds}:"
    )
    table = [said, "", *total.table()]
    print("\n".join(table))
    if asked.write:
        PAGE.write_text(with_part(PAGE.read_text(), MARKS, table, PAGE))
    for seed in sorted(total.failed)[:MOST_EXPLAINED]:
        print("", explained(seed), sep="\n")
    return 1 if total.failed else 0


def _played(seeds: range, processes: int) -> Iterator[Figures]:
    if processes == 1:
        yield from map(played, seeds)
        return
    # A Ctrl-C at the terminal reaches every process; only the first tells what was played so far. Not a
    # ProcessPoolExecutor: with max_tasks_per_child it may wait for ever on Python 3.11 (gh-115634).
    ignoring = (signal.SIGINT, signal.SIG_IGN)
    with Pool(processes, signal.signal, ignoring, maxtasksperchild=50) as pool:
        yield from pool.imap_unordered(played, seeds)


if __name__ == "__main__":
    sys.exit(main())
