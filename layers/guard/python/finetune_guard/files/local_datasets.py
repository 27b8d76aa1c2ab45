"""Training and validation files on this machine."""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from finetune_guard.core.errors import (
    AccessRefusedError,
    NotFoundError,
    RequestRejectedError,
    StaleRecordError,
)
from finetune_guard.core.observations import FileFacts
from finetune_guard.files.stamp import modified_at, stamp

CHUNK: Final = 1024 * 1024


class LocalDatasets:
    """DatasetFiles over paths."""

    def facts(self, uri: str) -> FileFacts:
        """Size and version; see DatasetFiles.facts."""
        path = Path(uri)
        with _translated("look at", uri):
            status = path.stat()
            if not path.is_file():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), uri)
        return FileFacts(uri, status.st_size, stamp(status), stamp(status), modified_at(status))

    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        """The content of one version in chunks of at most CHUNK bytes; see DatasetFiles.chunks."""
        with _translated("read", uri), Path(uri).open("rb") as file:
            version = pinned.version if pinned else stamp(os.fstat(file.fileno()))
            _still(version, file.fileno(), uri)
            while chunk := file.read(CHUNK):
                yield chunk
            _still(version, file.fileno(), uri)

    def write(self, uri: str, chunks: Iterable[bytes]) -> FileFacts:
        """Writes a file beside its place and moves it there, so that nobody ever sees a part of it."""
        path = Path(uri)
        with _translated("write", uri):
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.writelines(chunks)
                Path(name).replace(path)
            finally:
                with suppress(FileNotFoundError):
                    Path(name).unlink()
        return self.facts(uri)

    def writable(self, uri: str) -> None:
        """Opens an unnamed file in the folder `uri`, which vanishes when it is closed."""
        with _translated("write below", uri), tempfile.TemporaryFile(dir=uri):
            pass


def _still(version: str, opened: int, uri: str) -> None:
    if stamp(os.fstat(opened)) != version:
        raise StaleRecordError(f"{uri} has changed since it was looked at; start over once nobody writes it.")


@contextmanager
def _translated(doing: str, uri: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise NotFoundError(
            f"Could not {doing} {uri}: there is no such file or folder. Check the path."
        ) from exc
    except PermissionError as exc:
        raise AccessRefusedError(f"Could not {doing} {uri}: you may not. Check its owner and mode.") from exc
    except IsADirectoryError as exc:
        raise NotFoundError(f"Could not {doing} {uri}: it is a folder. Name a file in it.") from exc
    except OSError as exc:
        raise RequestRejectedError(f"Could not {doing} {uri}: {exc.strerror}.") from exc
