"""Packs a folder of runs into runs.jsonl.xz: `python -m tests.curves.packing FOLDER`.

FOLDER holds one JSON file a run: {"id", "source", "kind", "points": [{…}, …], "evals": [{…}, …]}. The same
runs give the same bytes. No number is touched: each is written in its shortest exact form.
"""

import argparse
import json
import lzma
from pathlib import Path

from tests.curves.corpus import RUNS, Columns, Number


def lines_of(documents: list[dict[str, object]]) -> bytes:
    """What is compressed: runs in the order of their ids, each a line with a column for each quantity."""
    lines = [
        json.dumps(
            {**one, "points": _columns(one["points"]), "evals": _columns(one["evals"])}, separators=(",", ":")
        )
        for one in sorted(documents, key=lambda one: str(one["id"]))
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _columns(rows: object) -> Columns:
    assert isinstance(rows, list)
    entries: list[dict[str, Number]] = rows
    names = list(dict.fromkeys(name for row in entries for name in row))
    return {name: [row.get(name) for row in entries] for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    documents = [json.loads(path.read_bytes()) for path in folder.glob("*.json")]
    RUNS.write_bytes(lzma.compress(lines_of(documents), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
