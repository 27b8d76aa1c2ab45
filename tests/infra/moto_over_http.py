"""moto's account, reached from another process: over loopback, a folder of the address for each service."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.models import botocore_stubber

from tests.infra.deployed import REGION

#: Service, as in the names of the environment → its host at AWS, by which moto knows it.
HOSTS: Mapping[str, str] = {
    "DYNAMODB": f"dynamodb.{REGION}.amazonaws.com",
    "IAM": "iam.amazonaws.com",
    "LAMBDA": f"lambda.{REGION}.amazonaws.com",
    "S3": f"s3.{REGION}.amazonaws.com",
    "SERVICE_QUOTAS": f"servicequotas.{REGION}.amazonaws.com",
    "SFN": f"states.{REGION}.amazonaws.com",
    "SNS": f"sns.{REGION}.amazonaws.com",
}
#: What moto hands on instead of answering: it has no quotas of Bedrock.
_NO_QUOTAS: tuple[int, Mapping[str, Any], str] = (200, {}, '{"Quotas": []}')


@contextmanager
def served() -> Iterator[Mapping[str, str]]:
    """The variables that send every client of ours to the account of this process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield {f"AWS_ENDPOINT_URL_{service}": f"{base}/{service}" for service in HOSTS}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to moto as if it had gone to AWS."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        service, _, rest = self.path.lstrip("/").partition("/")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers: Any = HTTPHeaders()
        for name, value in self.headers.items():
            headers[name] = HOSTS[service] if name.lower() == "host" else value
        url = f"https://{HOSTS[service]}/{rest}"
        request = AWSPreparedRequest(self.command, url, headers, body, stream_output=False)
        self._send(*(botocore_stubber.process_request(request) or _NO_QUOTAS))

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815  the names that http.server asks for

    def _send(self, status: int, headers: Mapping[str, Any], body: str | bytes) -> None:
        data = body.encode() if isinstance(body, str) else body or b""
        self.send_response(status)
        given = {name.lower(): str(value) for name, value in headers.items()}
        if self.command != "HEAD" or "content-length" not in given:
            given["content-length"] = str(len(data))
        for name, value in given.items():
            if name not in ("date", "server", "transfer-encoding"):
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests look at what comes of it."""
