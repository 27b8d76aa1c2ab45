"""The HTTP server: a thread for each connection, on loopback only."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from local.bedrock.front import Answer, Front, Request
from local.bedrock.identifiers import new_id

LOOPBACK: Final = "127.0.0.1"
#: More than any request of this API; a job's data is in S3, never in a body.
_LONGEST_BODY: Final = 1_000_000


class Server(ThreadingHTTPServer):
    """Serves until `shutdown`; its threads do not keep the process alive."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, front: Front) -> None:
        self.front = front
        super().__init__((LOOPBACK, port), Handler)

    @property
    def port(self) -> int:
        """The port that it listens on, also where 0 was asked for."""
        return int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    """One connection; HTTP/1.1, so that boto3 keeps it."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Serves a GET."""
        self._serve()

    def do_POST(self) -> None:
        """Serves a POST."""
        self._serve()

    def do_PUT(self) -> None:
        """Serves a PUT, which no operation here has, so that it gets a sentence."""
        self._serve()

    def do_PATCH(self) -> None:
        """Serves a PATCH, likewise."""
        self._serve()

    def do_DELETE(self) -> None:
        """Serves a DELETE."""
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the call log has it."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LONGEST_BODY:
            self.send_error(413, f"A request has at most {_LONGEST_BODY} bytes, got {length}")
            return
        body = self.rfile.read(length)
        answer = self.server.front.answer(
            Request(
                self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body
            )
        )
        if answer.dropped:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("x-amzn-requestid", new_id())
        if answer.error:
            self.send_header("x-amzn-errortype", answer.error)
        self.end_headers()
        self.wfile.write(answer.body)
