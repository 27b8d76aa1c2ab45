"""Who called what: one JSON line per call, without bodies, so that a test can see which function did what."""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from local.bedrock.identifiers import signer


@dataclass(frozen=True, slots=True)
class Caller:
    """What the headers of a request tell of its sender.

    Attributes:
        access_key: Of the signature; a Lambda function's session has one of its own. Empty when unsigned.
        session: A short digest of the session token, which tells sessions apart and gives no access; empty
            without.
        user_agent: As sent; botocore names the Lambda environment and the application in it.
        region: Of the signature; None when unsigned.
    """

    access_key: str
    session: str
    user_agent: str
    region: str | None


def caller_of(headers: Mapping[str, str]) -> Caller:
    """Reads headers, their names in lower case; never keeps a signature or a token."""
    signed = signer(headers.get("authorization", ""))
    token = headers.get("x-amz-security-token", "")
    return Caller(
        access_key=signed[0] if signed else "",
        session=hashlib.sha256(token.encode()).hexdigest()[:12] if token else "",
        user_agent=headers.get("user-agent", ""),
        region=signed[1] if signed else None,
    )


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the log; `status` is 0 where the reply was dropped, `error` empty where all went well."""

    time: datetime
    operation: str
    access_key: str
    session: str
    user_agent: str
    resource: str
    status: int
    error: str


class CallLog:
    """Appends to a file; each line is written at once, so that a reader sees whole lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Writes one call."""
        line = msgspec.json.encode(call) + b"\n"
        with self._lock, self._path.open("ab") as file:
            file.write(line)
