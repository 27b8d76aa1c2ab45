"""Changes each detector in one place after the other, and counts the changes that a test notices.

    python -m tests.mutation [--workers 2] [collapse stagnation ...]

Why no tool does this for us: docs/adr/0017.
"""

import sys

from tests.mutation.copied import run_in_copy


def main() -> int:
    """Runs what was asked for in a copy of the tree."""
    return run_in_copy("tests.mutation.trying", sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
