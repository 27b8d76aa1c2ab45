"""Everything that can be read in the account and on the machine afterwards, by place."""

import json
from collections.abc import Iterator

import boto3

from local.engine.machine import Machine
from local.inbox.mails import kept

#: Where a run's own data lies, by design: files that were uploaded, and samples that were cut from them.
DATA = ("uploads/", "samples/")
MACHINES = ("MiniRunArn", "FullRunArn", "RehearseThenRunArn")


def places_of(marker: str, machine: Machine) -> set[str]:
    """The places that hold a text; the data itself is none of them."""
    return {place for place, text in _everything(machine) if marker in text}


def _everything(machine: Machine) -> Iterator[tuple[str, str]]:
    yield from _function_logs()
    yield from _items(machine)
    yield from _mails(machine)
    yield from objects(machine)
    yield from _histories(machine)
    yield from _process_logs(machine)


def _function_logs() -> Iterator[tuple[str, str]]:
    client = boto3.client("logs")
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            events = client.get_paginator("filter_log_events").paginate(logGroupName=name)
            yield f"log {name}", "\n".join(event["message"] for found in events for event in found["events"])


def _items(machine: Machine) -> Iterator[tuple[str, str]]:
    pages = (
        boto3.client("dynamodb").get_paginator("scan").paginate(TableName=machine.stack.output("TableName"))
    )
    for page in pages:
        for item in page["Items"]:
            yield f"item {item['pk'].get('S')} {item['sk'].get('S')}", json.dumps(item, ensure_ascii=False)


def _mails(machine: Machine) -> Iterator[tuple[str, str]]:
    for mail in kept(machine.places.inbox):
        yield f"mail {mail.subject}", f"{mail.subject}\n{mail.text}"


def objects(machine: Machine) -> Iterator[tuple[str, str]]:
    """Every object of the stack's bucket but the data itself."""
    client, bucket = boto3.client("s3"), machine.stack.output("BucketName")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for listed in page.get("Contents", []):
            key = listed["Key"]
            if not key.startswith(DATA):
                body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
                yield f"object {key}", body.decode(errors="replace")


def _histories(machine: Machine) -> Iterator[tuple[str, str]]:
    client = boto3.client("stepfunctions")
    for name in MACHINES:
        listed = client.list_executions(stateMachineArn=machine.stack.output(name))["executions"]
        for execution in listed:
            arn = execution["executionArn"]
            described = client.describe_execution(executionArn=arn)
            pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
            events = [event for page in pages for event in page["events"]]
            yield f"history {arn}", json.dumps([described, events], default=str, ensure_ascii=False)


def _process_logs(machine: Machine) -> Iterator[tuple[str, str]]:
    for log in sorted(machine.places.logs.glob("*.log")):
        yield f"process {log.name}", log.read_text(errors="replace")
