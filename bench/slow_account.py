"""An account on loopback whose every answer takes a while, and of whose calls a share is throttled at first.

It knows just what a quiet tick asks: the table's items, jobs that train, no metric files, waits that are
alive. It runs in a process of its own, so that it does not share the watch's lock on the interpreter.
"""

import argparse
import json
import time
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import unquote

#: How often a throttled call is refused before it is answered; botocore asks four times.
REFUSALS: Final = 3
BEGAN: Final = datetime.now(UTC).isoformat()
_NO_FILES: Final = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


@dataclass
class Table:
    """Items by key, with the one index."""

    items: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def put(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Stores the item whatever is stored."""
        item = asked["Item"]
        self.items[item["pk"]["S"], item["sk"]["S"]] = item
        return {}

    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The item, or nothing."""
        found = self.items.get((asked["Key"]["pk"]["S"], asked["Key"]["sk"]["S"]))
        return {"Item": found} if found else {}

    def query(self, asked: dict[str, Any]) -> dict[str, Any]:
        """All in one partition of the index, or between two keys of the table, in order, on one page."""
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        items = list(self.items.values())
        if "IndexName" in asked:
            found = [item for item in items if item.get("due_pk", {}).get("S") == values[":due"]]
            return {"Items": sorted(found, key=lambda item: str(item["due_sk"]["S"]))}
        found = [item for item in items if item["pk"]["S"] == values[":pk"]]
        return {"Items": [item for item in found if values[":first"] <= item["sk"]["S"] <= values[":last"]]}


class Account(ThreadingHTTPServer):
    """Serves until the process ends."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, delay: float, throttled: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.delay, self.throttled, self.table = delay, throttled, Table()


class Handler(BaseHTTPRequestHandler):
    """One connection, kept as boto3 keeps it."""

    protocol_version = "HTTP/1.1"
    server: Account

    def do_GET(self) -> None:
        """Bedrock's Get and S3's listing."""
        time.sleep(self.server.delay)
        if "list-type" in self.path:
            self._answer(200, _NO_FILES)
        elif self._refused():
            self._answer(429, b'{"message":"Too many requests"}', "ThrottlingException")
        else:
            self._answer(200, json.dumps(_training(unquote(self.path.rsplit("/", 1)[-1]))).encode())

    def do_POST(self) -> None:
        """DynamoDB, Step Functions."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        target = self.headers.get("X-Amz-Target", "").rsplit(".", 1)[-1]
        time.sleep(self.server.delay)
        table = self.server.table
        known = {"PutItem": table.put, "GetItem": table.get, "Query": table.query}
        answer = known[target](asked) if target in known else _waiting(target, asked)
        self._answer(200, json.dumps(answer).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _refused(self) -> bool:
        """Whether this try of the call is throttled: the first three of every so many calls."""
        call = self.headers.get("amz-sdk-invocation-id", "")
        attempt = int(self.headers.get("amz-sdk-request", "attempt=1").split("attempt=")[1].split(";")[0])
        share = self.server.throttled
        return attempt <= REFUSALS and zlib.crc32(call.encode()) % 100 < share

    def _answer(self, status: int, body: bytes, error: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.end_headers()
        self.wfile.write(body)


def _training(arn: str) -> dict[str, Any]:
    began = {"status": "InProgress", "creationTime": BEGAN}
    return {
        "jobArn": arn,
        "jobName": "job",
        "status": "InProgress",
        "baseModelArn": "arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-8b-instruct-v1:0:128k",
        "outputDataConfig": {"s3Uri": "s3://bucket/output"},
        "creationTime": BEGAN,
        "statusDetails": {"trainingDetails": began},
    }


def _waiting(target: str, asked: dict[str, Any]) -> dict[str, Any]:
    if target != "DescribeExecution":
        return {}
    arn = asked["executionArn"]
    began = {"status": "RUNNING", "startDate": 1764000000.0, "stateMachineArn": arn}
    return {"executionArn": arn, **began}


def main() -> None:
    """Prints its port and serves."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.2)
    parser.add_argument("--throttled", type=int, default=10)
    asked = parser.parse_args()
    account = Account(asked.delay, asked.throttled)
    print(account.server_address[1], flush=True)
    account.serve_forever()


if __name__ == "__main__":
    main()
