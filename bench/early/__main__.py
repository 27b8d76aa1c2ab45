"""Guarded against one-shot: what a user pays and gets with us and without, on jobs that train for real.

    python -m bench.early [--seeds 5] [--write | --page]

Two processes, a seed each at a time. With --write the figures go into docs/early.json and docs/early.md; with
--page nothing is measured, and the page is written anew from the figures that are there.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from bench.early.cases import CASES
from bench.early.figures import FILE, Published, Row, measure, read_published, written
from bench.early.page import PAGE, goal_lines, table_lines, with_generated
from local.bedrock.settings import environment_of_workers

PROCESSES = 2


def rows_of(seed: int) -> tuple[Row, ...]:
    """Every case with one seed."""
    return tuple(measure(case, seed) for case in CASES)


def measured(seeds: Sequence[int]) -> Published:
    """Every case with every seed, in the order of the cases."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        found = [row for rows in map(_told, pool.map(rows_of, seeds)) for row in rows]
    places = {case.name: place for place, case in enumerate(CASES)}
    return Published(tuple(seeds), tuple(sorted(found, key=lambda row: (places[row.name], row.seed))))


def _told(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows of a seed, after a person who waits was told that they are there."""
    print(f"Seed {rows[0].seed} is done.", file=sys.stderr, flush=True)
    return rows


def in_one_thread() -> None:
    """Starts this program anew where numpy could use more than one thread: it reads that when it loads."""
    environment = dict(environment_of_workers())
    if environment != dict(os.environ):
        os.execve(sys.executable, [sys.executable, "-m", "bench.early", *sys.argv[1:]], environment)


def main() -> None:
    """Prints the table and the goals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help=f"write {FILE} and the section of {PAGE}")
    parser.add_argument("--page", action="store_true", help=f"write the section of {PAGE} from {FILE}")
    asked = parser.parse_args()
    if asked.page:
        _write_page(read_published())
        return
    in_one_thread()
    began = time.monotonic()
    published = measured(range(asked.first_seed, asked.first_seed + asked.seeds))
    print("\n".join((*table_lines(published), "", *goal_lines(published))))
    print(f"\n{asked.seeds} seeds, {(time.monotonic() - began) / 60:.0f} minutes in {PROCESSES} processes")
    if asked.write:
        FILE.write_bytes(written(published))
        _write_page(published)


def _write_page(published: Published) -> None:
    PAGE.write_text(with_generated(PAGE.read_text("utf-8"), published), "utf-8")


if __name__ == "__main__":
    main()
