"""Looks whether data is still what pre-flight checked."""

from collections.abc import Iterable, Iterator, Mapping

from finetune_guard.core.access.versions import changed, same, unreachable
from finetune_guard.core.errors import AccessRefusedError, NotFoundError, RequestRejectedError
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.runs import Problem, Source
from finetune_guard.ports import DatasetFiles


class PinnedFiles:
    """DatasetFiles in which each file stays what it was when it was first looked at."""

    def __init__(self, files: DatasetFiles) -> None:
        self._files = files
        self._found: dict[str, FileFacts] = {}

    def sources(self, uris: Mapping[str, str]) -> tuple[Source, ...]:
        """What was looked at, of the files that these config keys name."""
        return tuple(Source(key, self._found[uri]) for key, uri in uris.items() if uri in self._found)

    def known(self, uri: str) -> FileFacts | None:
        """What was seen of a file; None where it was never seen."""
        return self._found.get(uri)

    def facts(self, uri: str) -> FileFacts:
        """See DatasetFiles.facts; asked of the store once."""
        if uri not in self._found:
            self._found[uri] = self._files.facts(uri)
        return self._found[uri]

    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        """See DatasetFiles.chunks."""
        return self._files.chunks(uri, pinned or self.facts(uri))

    def write(self, uri: str, chunks: Iterable[bytes]) -> FileFacts:
        """See DatasetFiles.write."""
        return self._files.write(uri, chunks)

    def writable(self, uri: str) -> None:
        """See DatasetFiles.writable."""
        self._files.writable(uri)


def changed_since(sources: Iterable[Source], files: DatasetFiles) -> Iterator[Problem]:
    """A problem for each source that is not what it was, or cannot be seen.

    Raises:
        ServiceUnavailableError: A service did not answer; ask again.
    """
    for source in sources:
        try:
            now = files.facts(source.file.uri)
        except (NotFoundError, AccessRefusedError, RequestRejectedError) as exc:
            yield unreachable(source, str(exc))
            continue
        if not same(source.file, now):
            yield changed(source, now)
