import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from local.engine.addresses import HOST, Addresses, answers, chosen, free_ports, is_free, read


def test_the_ports_of_the_last_start_are_taken_again(tmp_path: Path) -> None:
    first = chosen(tmp_path / "ports.json")

    assert chosen(tmp_path / "ports.json") == first


def test_another_region_is_played_at_the_same_ports(tmp_path: Path) -> None:
    first = chosen(tmp_path / "ports.json", "us-west-2")

    assert chosen(tmp_path / "ports.json", "us-east-1") == Addresses(first.engine, first.bedrock, "us-east-1")


def test_other_ports_are_taken_where_somebody_has_those_of_the_last_start(tmp_path: Path) -> None:
    first = chosen(tmp_path / "ports.json")
    with socket.socket() as somebody:
        somebody.bind((HOST, first.engine))
        somebody.listen()

        second = chosen(tmp_path / "ports.json")

    assert second.engine != first.engine
    assert read(tmp_path / "ports.json") == second


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"engine": 1, "region": "us-east-1"}', '{"engine": "x", "bedrock": 2}']
)
def test_a_torn_memory_of_the_ports_is_no_memory(tmp_path: Path, content: str) -> None:
    (tmp_path / "ports.json").write_text(content)

    assert read(tmp_path / "ports.json") is None


def test_free_ports_differ_and_are_free() -> None:
    ports = free_ports(5)

    assert len(set(ports)) == 5
    assert all(is_free(port) for port in ports)


def test_the_addresses_are_on_loopback() -> None:
    assert Addresses(1, 2).engine_url == "http://127.0.0.1:1"
    assert Addresses(1, 2).bedrock_url == "http://127.0.0.1:2"


@pytest.mark.parametrize(("status", "ready"), [(200, True), (403, True), (404, True), (503, False)])
def test_a_server_answers_unless_it_says_that_it_cannot_yet(
    status: int, ready: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with HTTPServer((HOST, 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert answers(f"http://{HOST}:{server.server_port}/") is ready
        server.shutdown()


def test_nobody_answers_on_a_free_port() -> None:
    assert not answers(f"http://{HOST}:{free_ports(1)[0]}/")
