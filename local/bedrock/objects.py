"""What a job needs of the place where the user's files are read and its own are written."""

from collections.abc import Iterator
from typing import Protocol


class ObjectError(Exception):
    """Raised when an object cannot be read or written; the sentence can be shown as a job's failure."""


class Objects(Protocol):
    """What a job needs of an object store; URIs are `s3://bucket/key`."""

    def lines(self, uri: str) -> Iterator[bytes]:
        """An object's lines.

        Raises:
            ObjectError: It cannot be read.
        """

    def put(self, uri: str, data: bytes) -> None:
        """Writes an object whole.

        Raises:
            ObjectError: It cannot be written.
        """
