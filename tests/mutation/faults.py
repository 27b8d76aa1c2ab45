"""Puts each listed fault into the code, and says which test notices it; fails when none does.

    python -m tests.mutation.faults [--write] [--workers 1] [--unchanged] [3 17 ...]

`--write` puts the table into docs/simulation.md, `--unchanged` only runs the tests on the code as it is.
"""

import sys
from pathlib import Path

from tests.mutation.copied import run_in_copy

PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"


def main() -> int:
    """Tries them in a copy of the tree; the page is the one of this tree."""
    return run_in_copy("tests.mutation.noticing", [*sys.argv[1:], "--page", str(PAGE)])


if __name__ == "__main__":
    sys.exit(main())
