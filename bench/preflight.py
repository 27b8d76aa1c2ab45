"""What pre-flight costs on this machine: the scan, its memory, and the start of `validate`; all in one run.

    python -m bench.preflight [--rounds N] [--mb 1000]

The scan is measured against bench/json_loop.py over the same records, in turn, so that a machine that slows
down slows both. Memory is that of a child process each, over a stream that is made as it is read.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from random import Random

from bench.json_loop import Loop
from finetune_guard.core.datasets.fingerprints import Fingerprints
from finetune_guard.core.datasets.record_rules import RecordRules, rules_of
from finetune_guard.core.datasets.records import scan
from finetune_guard.core.datasets.repetition import repetition
from finetune_guard.core.hyperparameters.base_model import BaseModel, RecordSchema
from finetune_guard.core.hyperparameters.catalogue import find

SCHEMAS: Mapping[RecordSchema, str] = {
    RecordSchema.PROMPT_COMPLETION: "amazon.titan-text-express-v1:0:8k",
    RecordSchema.CONVERSATION: "amazon.nova-lite-v1:0:300k",
    RecordSchema.CLAUDE_MESSAGES: "anthropic.claude-3-haiku-20240307-v1:0:200k",
}
TALK = """
the parcel that I ordered last Monday has not come yet and your page says that it left the house on Tuesday,
so please tell me where it is now. Thank you for asking! It waits at the depot in Ghent; you can fetch it
there, or we bring it to you again tomorrow. Note: bring your order number with you
"""
WORDS = TALK.split()
RECORDS = 10_000
CHUNK = 1 << 20
MEGABYTE = 10**6
CONFIG = {
    "job_name": "bench",
    "base_model_id": SCHEMAS[RecordSchema.CONVERSATION],
    "output_data_path": "s3://bucket/output/",
}
FIGURES = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


def base_of(schema: RecordSchema) -> BaseModel:
    """The base that the schema is measured with."""
    base = find(SCHEMAS[schema])
    assert base is not None
    return base


def record(schema: RecordSchema, random: Random, number: int) -> dict[str, object]:
    """A record of about 500 characters."""
    prompt, answer = (" ".join(random.choices(WORDS, k=48)) + f" {number}" for _ in range(2))
    if schema is RecordSchema.PROMPT_COMPLETION:
        return {"prompt": prompt, "completion": answer}
    if schema is RecordSchema.CLAUDE_MESSAGES:
        turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
        return {"system": "You help our customers.", "messages": turns}
    return {
        "schemaVersion": schema.value,
        "system": [{"text": "You help our customers."}],
        "messages": [
            {"role": "user", "content": [{"text": prompt}]},
            {"role": "assistant", "content": [{"text": answer}]},
        ],
    }


def chunks_of(schema: RecordSchema, records: int) -> list[bytes]:
    """A file of so many records, in chunks as S3 gives them."""
    random = Random(records)
    data = b"".join(json.dumps(record(schema, random, n)).encode() + b"\n" for n in range(records))
    return [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]


def stream(megabytes: int) -> Iterator[bytes]:
    """Records of 500 bytes that all differ, made as they are read."""
    each = f'{{"prompt":"{"where is it " * 20}%12d","completion":"{"at the depot " * 16}%12d"}}\n'
    made = 0
    while made < megabytes * MEGABYTE:
        lines = "".join([each % (made + n, n) for n in range(2000)]).encode()
        made += len(lines)
        yield lines


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of a call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _scanned(chunks: list[bytes], rules: RecordRules) -> None:
    kept = Fingerprints()
    found = scan(chunks, rules, fingerprints=kept)
    assert not found.faults
    assert not repetition(kept, nova=False)


def _looped(chunks: list[bytes], rules: RecordRules) -> None:
    Loop(rules).run(chunks)


def speed(rounds: int) -> None:
    """Prints the scan's speed against the plain loop for each schema."""
    for schema in SCHEMAS:
        chunks, rules = chunks_of(schema, RECORDS), rules_of(base_of(schema))
        cases = (partial(_scanned, chunks, rules), partial(_looped, chunks, rules))
        cases[0]()
        taken = [tuple(cpu_seconds(case) for case in cases) for _ in range(rounds)]
        ratio = statistics.median(loop / ours for ours, loop in taken)
        rate = sum(map(len, chunks)) / MEGABYTE / statistics.median(ours for ours, _ in taken)
        print(f"scan, {schema.value:26} {rate:5.0f} MB/s   {ratio:.2f} × the json.loads loop (goal 1.8)")


def memory(megabytes: int) -> None:
    """Prints the peak memory for a small and a large stream, and the difference for each record."""
    for schema, name in (
        (RecordSchema.CONVERSATION, "a base with a cap"),
        (RecordSchema.PROMPT_COMPLETION, "no cap"),
    ):
        limits = base_of(schema).limits
        cap = limits.max_records or limits.max_sum
        small, large = (_peak(size, cap) for size in (10, megabytes))
        records = min(megabytes * MEGABYTE // 500, cap or sys.maxsize)
        allowed = 64 * records / MEGABYTE
        print(
            f"memory, {name:18} 10 MB: {small:.1f} MB, {megabytes} MB: {large:.1f} MB "
            f"(goal: at most {small + allowed:.1f} MB)"
        )


def _peak(megabytes: int, cap: int | None) -> float:
    code = f"from bench.preflight import scan_stream; scan_stream({megabytes}, {cap}); {FIGURES}"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(ran.stdout) * 1024 / MEGABYTE


def scan_stream(megabytes: int, cap: int | None) -> None:
    """Scans a stream as pre-flight scans a training file."""
    kept = Fingerprints(cap)
    scan(stream(megabytes), RecordRules(RecordSchema.PROMPT_COMPLETION), fingerprints=kept)
    repetition(kept, nova=False)


def starts(rounds: int) -> None:
    """Prints CPU and wall time of `validate --help` against pydantic's import, and of a whole `validate`."""
    with tempfile.TemporaryDirectory() as folder:
        data, config = Path(folder, "train.jsonl"), Path(folder, "config.json")
        data.write_bytes(b"".join(chunks_of(RecordSchema.CONVERSATION, 100)))
        config.write_text(json.dumps(CONFIG | {"training_data_path": str(data)}))
        program = [sys.executable, "-m", "finetune_guard"]
        cases = {
            "pydantic": [sys.executable, "-c", "import pydantic"],
            "help": [*program, "validate", "--help"],
            "validate": [*program, "validate", "--config", str(config)],
        }
        taken: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(rounds):
            for name, command in cases.items():
                taken[name].append(_child_seconds(command))
    pydantic, shown, whole = (statistics.median(taken[name]) for name in cases)
    goal = 1.5 * pydantic + 0.3
    print(f"validate --help  {shown:.2f} s CPU, import pydantic {pydantic:.2f} s (goal {goal:.2f} s)")
    print(f"validate         {whole:.2f} s CPU for a config and 100 records, no network (goal 1.5 s)")


def _child_seconds(command: list[str]) -> float:
    """User and system time of a fresh process that reaches no network: no credentials, no region."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    environment = {**kept, "AWS_EC2_METADATA_DISABLED": "true", "PYTHONDONTWRITEBYTECODE": ""}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(command, env=environment, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ran.returncode == 0, ran.stderr.decode()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Prints every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--mb", type=int, default=1000)
    asked = parser.parse_args()
    speed(asked.rounds)
    memory(asked.mb)
    starts(asked.rounds)


if __name__ == "__main__":
    main()
