"""The stand-in as a process of its own: ports, signals and events."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.local.bedrock.harness import (
    AT_ONCE,
    FOR_EVER,
    MICRO,
    ROLE,
    client,
    conversation,
    pairs,
    wait_until,
)

ROOT = Path(__file__).parents[3]


@contextmanager
def process(
    folder: Path, environment: dict[str, str] | None = None, **settings: Any
) -> Iterator[tuple[Any, Any]]:
    """A running `python -m local.bedrock` and a client of it."""
    (folder / "objects/bucket").mkdir(parents=True, exist_ok=True)
    chosen = {**AT_ONCE, "object_store": f"file://{folder}/objects", **settings}
    (folder / "settings.json").write_text(json.dumps(chosen))
    (folder / "objects/bucket/train.jsonl").write_text("\n".join(conversation(*p) for p in pairs()[:40]))
    command = [sys.executable, "-m", "local.bedrock", "--state", str(folder / "state")]
    command += ["--settings", str(folder / "settings.json")]
    given = {**os.environ, **(environment or {})}  # noqa: TID251
    with subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        address = server.stdout.readline().strip()
        caller = client(address)
        try:
            yield server, caller
        finally:
            caller.close()
            server.kill()


def create(caller: Any, name: str) -> str:
    return str(
        caller.create_model_customization_job(
            jobName=name,
            customModelName=name,
            roleArn=ROLE,
            baseModelIdentifier=MICRO,
            trainingDataConfig={"s3Uri": "s3://bucket/train.jsonl"},
            outputDataConfig={"s3Uri": "s3://bucket/out"},
            hyperParameters={"epochCount": "1"},
        )["jobArn"]
    )


def status(caller: Any, arn: str) -> str:
    return str(caller.get_model_customization_job(jobIdentifier=arn)["status"])


def workers_of(server: Any) -> list[int]:
    """Processes whose parent is the server, or was until it ended."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            parent = re.search(r"PPid:\t(\d+)", (entry / "status").read_text())
        except OSError:
            continue
        if b"local.bedrock.worker" in command and parent and int(parent[1]) == server.pid:
            found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_term_ends_server_and_workers_within_a_second_and_the_job_goes_on_later(tmp_path: Path) -> None:
    with process(tmp_path, step_seconds=FOR_EVER) as (server, caller):
        assert (tmp_path / "state/port").read_text() in caller.meta.endpoint_url
        arn = create(caller, "interrupted")
        wait_until(lambda: bool(workers_of(server)))
        [worker] = workers_of(server)

        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=10) == 0
        # One second by design; twice that where the machine is busy.
        assert time.monotonic() - began < 2
        wait_until(lambda: not alive(worker), seconds=2)

    with process(tmp_path) as (_, caller):
        wait_until(lambda: status(caller, arn) == "Completed")


def test_workers_end_when_the_server_is_killed(tmp_path: Path) -> None:
    with process(tmp_path, queue_seconds=FOR_EVER) as (server, caller):
        create(caller, "orphaned")
        wait_until(lambda: bool(workers_of(server)))
        [worker] = workers_of(server)

        server.kill()

        wait_until(lambda: not alive(worker), seconds=10)


def test_two_servers_do_not_share_a_state(tmp_path: Path) -> None:
    with process(tmp_path):
        command = [sys.executable, "-m", "local.bedrock", "--state", str(tmp_path / "state")]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)

    assert second.returncode == 2
    assert "Another stand-in serves" in second.stderr


Invocation = tuple[str, str, dict[str, Any]]


@pytest.fixture
def function() -> Iterator[tuple[str, list[Invocation]]]:
    """A Lambda API that takes every invocation, and what it was given."""
    seen: list[Invocation] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers["X-Amz-Invocation-Type"], json.loads(body)))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()
    thread.join()


def test_each_change_of_status_is_an_event_for_a_function(
    tmp_path: Path, function: tuple[str, list[Invocation]]
) -> None:
    endpoint, seen = function
    variables = {
        "AWS_ENDPOINT_URL_LAMBDA": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with process(tmp_path, variables, event_function="watch") as (_, caller):
        arn = create(caller, "told")
        wait_until(lambda: len(seen) == 2)

    paths, kinds, events = zip(*seen, strict=True)
    assert set(paths) == {"/2015-03-31/functions/watch/invocations"}
    assert set(kinds) == {"Event"}
    assert [event["detail"]["jobStatus"] for event in events] == ["InProgress", "Completed"]
    last = events[-1]
    assert (last["source"], last["detail-type"]) == ("aws.bedrock", "Model Customization Job State Change")
    assert last["resources"] == [arn]
    assert last["detail"]["trainingDataConfig"] == {"s3Uri": "s3://bucket/train.jsonl"}
    assert "statusDetails" not in last["detail"]


def test_a_function_that_cannot_be_reached_fails_no_job(tmp_path: Path) -> None:
    variables = {"AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:9", "AWS_DEFAULT_REGION": "us-east-1"}
    with process(tmp_path, variables, event_function="watch") as (_, caller):
        arn = create(caller, "untold")
        wait_until(lambda: status(caller, arn) == "Completed")
