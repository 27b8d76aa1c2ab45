"""CPU time of a cold start: a quiet tick and a judging tick against boto3 with the same clients, in one run.

    python -m bench.starts [--rounds N]

Each round starts one fresh interpreter for each case, in turn, so that a machine that slows down slows all.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping

CLIENTS = """
import boto3
session = boto3.Session(region_name="us-east-1")
for name in ("bedrock", "dynamodb", "s3", "sns", "stepfunctions"):
    session.client(name)
"""
QUIET = """
import lambdas.watch
import finetune_guard.functions, finetune_guard.usecases.watch, finetune_guard.files.by_place
import finetune_guard.aws.bedrock_jobs, finetune_guard.aws.dynamo_runs, finetune_guard.aws.s3_journal
import finetune_guard.aws.s3_metrics, finetune_guard.aws.sns_alerts, finetune_guard.aws.stepfunctions
from finetune_guard.aws.clients import Clients
clients = Clients("us-east-1")
clients.bedrock, clients.dynamodb, clients.s3, clients.sns, clients.stepfunctions
"""
JUDGING = QUIET + "import finetune_guard.usecases.judge_curve\n"
CASES: Mapping[str, str] = {
    "boto3 and the same clients": CLIENTS,
    "quiet tick": QUIET,
    "judging tick": JUDGING,
}


def cpu_seconds(code: str) -> float:
    """User and system time of one fresh interpreter."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "AWS_EC2_METADATA_DISABLED": "true"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Prints the median of each case and its ratio to the first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    for code in CASES.values():
        cpu_seconds(code)
    taken: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name, code in CASES.items():
            taken[name].append(cpu_seconds(code))
    base = taken[next(iter(CASES))]
    for name, seconds in taken.items():
        ratio = statistics.median(own / other for own, other in zip(seconds, base, strict=True))
        print(f"{name:28} {statistics.median(seconds) * 1000:6.0f} ms CPU   x {ratio:.2f}")


if __name__ == "__main__":
    main()
