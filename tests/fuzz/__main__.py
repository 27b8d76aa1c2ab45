"""Generated input by the hundred thousand: no traceback, no hang, bounded memory.

python -m tests.fuzz [jsonl] [configs] [csv] [logs] [--count 100000] [--seed 0]
"""

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec

KINDS = ("jsonl", "configs", "csv", "logs")


def main() -> int:
    """Runs the kinds that were asked for, all of them by default; 1 where one found a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("kinds", nargs="*", metavar="|".join(KINDS))
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    unknown = set(asked.kinds) - set(KINDS)
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))} cannot be generated; choose of {', '.join(KINDS)}")
    kinds = asked.kinds or [kind for kind in KINDS if find_spec(f"tests.fuzz.{kind}")]
    results: list[int] = [import_module(f"tests.fuzz.{kind}").run(asked.count, asked.seed) for kind in kinds]
    return max(results)


if __name__ == "__main__":
    sys.exit(main())
