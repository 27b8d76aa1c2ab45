"""Every published figure of the detectors, made anew: `make quality`, or `python -m tests.curves.quality`.

Judges the real curves and the injected ones, prints the tables, and writes tests/curves/figures.json, the
generated part of docs/signals.md and docs/pictures/operating-curve.svg. With --check it writes nothing and
exits with 1 where the file or the page is not what it would write.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.table import Table as Shown

from tests.curves.dial import STRICTNESSES
from tests.curves.figures import FILE, DialPoint, Figures, Published, written
from tests.curves.judging_code import code_digest
from tests.curves.operating_curve import draw
from tests.curves.page import PAGE, with_generated
from tests.curves.sets import DIAL, SETS, delivered_point
from tests.curves.tables import Table, dial_table, tables

#: The tables are for a wide terminal; a narrow one, or a file, gets them whole all the same.
WIDTH = 150


def measured() -> Published:
    """Judges all, on every core; about a minute of work."""
    with ProcessPoolExecutor() as pool:
        points = pool.map(_point, DIAL)
        sets = dict(zip(SETS, pool.map(_set, SETS), strict=True))
        dial = dict(zip(DIAL, points, strict=True))
    whole = [f"{strictness:g}" for strictness in STRICTNESSES]
    return Published(code_digest(), sets, {one: dial.get(one) or delivered_point(sets) for one in whole})


def _set(name: str) -> Figures:
    return SETS[name]()


def _point(strictness: str) -> DialPoint:
    return DIAL[strictness]()


def show(table: Table, console: Console) -> None:
    """Prints a table for a person."""
    shown = Shown(*table.header, title=table.title, title_justify="left", caption_justify="left")
    for cells in table.rows:
        shown.add_row(*(cell.replace("**", "") for cell in cells))
    console.print(shown)
    console.print()


def outdated(published: Published) -> list[str]:
    """What is not as it would be written now."""
    page = PAGE.read_text("utf-8")
    return [
        *([str(FILE)] if not FILE.is_file() or FILE.read_bytes() != written(published) else []),
        *([str(PAGE)] if with_generated(page, published) != page else []),
    ]


def _write(published: Published) -> None:
    FILE.write_bytes(written(published))
    PAGE.write_text(with_generated(PAGE.read_text("utf-8"), published), "utf-8")
    draw(published)


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes every published figure of the detectors anew.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 where out of date")
    check: bool = parser.parse_args().check
    published, console = measured(), Console(width=max(Console().width, WIDTH))
    for table in (*tables(published), dial_table(published)):
        show(table, console)
    if not check:
        _write(published)
    elif stale := outdated(published):
        console.print(f"Out of date: {', '.join(stale)}. Run `make quality` and look at what changed.")
        sys.exit(1)


if __name__ == "__main__":
    main()
