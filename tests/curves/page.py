"""The generated part of docs/signals.md: between its two markers, made from the figures alone."""

from collections.abc import Iterator
from pathlib import Path

from tests.curves.figures import Published
from tests.curves.tables import Table, dial_table, tables
from tests.generated_part import with_part

PAGE = Path("docs/signals.md")
BEGIN = "<!-- Written by `make quality`, down to its end mark; not to be changed by hand. -->"
END = "<!-- End of what `make quality` writes. -->"

_OPERATING_CURVE = """\
![Failures caught, share saved and false stops, by the strictness](pictures/operating-curve.svg)

One dial, the strictness, scales how much is asked before a stop: each ratio of a loss spike and of a
divergence is raised to that power, each wait is multiplied by it. The default stands where false stops begin
to be few: a false stop throws away a model and all that was paid for it, while a failure that is caught
later still saves the rest of the run. Below 1 a little more is saved, and sound runs are stopped many times
as often; above 1 the last false stops go, and real failures with them."""


def with_generated(page: str, published: Published) -> str:
    """The page with the part between the marks written anew.

    Raises:
        ValueError: The page has not exactly one pair of marks.
    """
    return with_part(page, (BEGIN, END), _parts(published), PAGE)


def _parts(published: Published) -> Iterator[str]:
    for table in tables(published):
        yield markdown(table)
    yield f"### Operating curve\n{_OPERATING_CURVE}\n\n{_rows(dial_table(published))}\n"


def markdown(table: Table) -> str:
    """A heading, the note, the table."""
    note = f"{table.note}\n\n" if table.note else "\n"
    return f"### {table.title}\n{note}{_rows(table)}\n"


def _rows(table: Table) -> str:
    lines = (table.header, tuple("---" for _ in table.header), *table.rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
