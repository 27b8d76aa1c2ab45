"""The two addresses of a local machine, and how to tell that somebody answers there."""

import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from http.client import HTTPResponse
from pathlib import Path

from local.engine.errors import NotReadyError

HOST = "127.0.0.1"
#: Nova, the base of the README's example, is there and nowhere else; Llama is in us-west-2.
DEFAULT_REGION = "us-west-2"
#: Seconds between two looks at a process that is starting.
LOOK_AGAIN = 0.1


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the machine is: its region, and where engine and Bedrock stand-in listen, on loopback.

    Attributes:
        engine: Port of the engine.
        bedrock: Port of the stand-in.
        region: The AWS region that it plays; decides which base models there are.
        tls: Whether the engine speaks TLS.
    """

    engine: int
    bedrock: int
    region: str = DEFAULT_REGION
    tls: bool = False

    @property
    def engine_url(self) -> str:
        """The endpoint of every service but Bedrock."""
        return f"{'https' if self.tls else 'http'}://{HOST}:{self.engine}"

    @property
    def bedrock_url(self) -> str:
        """The endpoint of Bedrock."""
        return f"http://{HOST}:{self.bedrock}"


def chosen(remembered: Path, region: str = DEFAULT_REGION, tls: bool = False) -> Addresses:
    """The ports of the last start where both are still free, else two free ones; remembered.

    The engine and the stand-in need each other's port, so both are chosen before either is started.
    """
    before = read(remembered)
    if before and is_free(before.engine) and is_free(before.bedrock):
        addresses = replace(before, region=region, tls=tls)
    else:
        engine, bedrock = free_ports(2)
        addresses = Addresses(engine, bedrock, region, tls)
    remembered.parent.mkdir(parents=True, exist_ok=True)
    remembered.write_text(json.dumps(asdict(addresses)))
    return addresses


def read(remembered: Path) -> Addresses | None:
    """The ports of the last start; None where there was none or the file is torn."""
    try:
        content = json.loads(remembered.read_text())
        ports = int(content["engine"]), int(content["bedrock"])
        return Addresses(*ports, region=str(content["region"]), tls=content["tls"] is True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def free_ports(count: int) -> list[int]:
    """Different ports on loopback that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(url: str, certificate: Path | None = None) -> bool:
    """Whether an HTTP server answers there with anything but a failure of its own.

    Args:
        url: Where.
        certificate: The server's own, where it speaks TLS; before it is there, nobody answers.
    """
    try:
        with fetched(url, certificate):
            return True
    except urllib.error.HTTPError as exc:
        return exc.code < 500
    except (OSError, ValueError):
        return False


def fetched(url: str, certificate: Path | None = None) -> HTTPResponse:
    """The answer to a GET, past proxies, since everything here is on loopback.

    Raises:
        OSError: Nobody answers, or with an error.
    """
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if certificate:
        trusting = ssl.create_default_context(cafile=str(certificate))
        handlers.append(urllib.request.HTTPSHandler(context=trusting))
    answer: HTTPResponse = urllib.request.build_opener(*handlers).open(url, timeout=2)
    return answer


def wait_until(
    ready: Callable[[], bool],
    what: str,
    seconds: float,
    alive: Callable[[], bool] = lambda: True,
) -> None:
    """Looks until `ready`, at most for `seconds`.

    Args:
        ready: What is waited for.
        what: Named in the error.
        seconds: The deadline.
        alive: False ends the wait at once.

    Raises:
        NotReadyError: It is not ready in time, or not alive.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive():
            raise NotReadyError(f"{what} ended while it was starting.")
        if time.monotonic() >= deadline:
            raise NotReadyError(f"{what} was not ready after {seconds:g} seconds.")
        time.sleep(LOOK_AGAIN)
