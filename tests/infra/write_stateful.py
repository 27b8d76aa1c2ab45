"""Writes tests/infra/stateful.json: what must not change of the resources that hold data.

`python -m tests.infra.write_stateful`, on purpose only: a line that changes is a table or a bucket that the
next deployment of every stack out there leaves behind.
"""

import tempfile
from pathlib import Path

from tests.infra.conftest import empty_layers, synthesise
from tests.infra.stateful import KEPT, described, written


def main() -> None:
    """Writes the list of the stack without options."""
    with tempfile.TemporaryDirectory() as folder:
        deployed = synthesise({}, empty_layers(Path(folder)), Path(folder) / "out")
        KEPT.write_text(written(described(deployed.template)))


if __name__ == "__main__":
    main()
