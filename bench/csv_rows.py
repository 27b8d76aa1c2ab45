"""CPU time of reading a metric file of many rows, against the csv module over the same bytes, in one run.

python -m bench.csv_rows [--rows 1000000]
"""

import argparse
import csv
import io
import time

from finetune_guard.core.metrics.bedrock_csv import read_training


def plain(data: bytes) -> int:
    """Every cell of three columns turned into a number, and nothing checked."""
    rows = csv.reader(io.StringIO(data.decode()))
    next(rows)
    return len([(int(step), float(epoch), float(loss)) for step, epoch, loss in rows])


def seconds(work: object) -> float:
    """CPU seconds of a call."""
    began = time.process_time()
    assert callable(work)
    work()
    return time.process_time() - began


def main() -> None:
    """Prints both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    body = "".join(f"{n},{n * 3 // rows},{2.5 - n / rows:.6f}\n" for n in range(1, rows + 1))
    data = f"step_number,epoch_number,training_loss\n{body}".encode()
    ours = seconds(lambda: read_training(data, complete=True))
    theirs = seconds(lambda: plain(data))
    size = len(data) / 1e6
    print(
        f"{rows:,} rows, {size:.0f} MB: ours {ours:.2f} s, csv module {theirs:.2f} s, x {ours / theirs:.2f}"
    )


if __name__ == "__main__":
    main()
