"""The places where a job's files may be: S3, or a folder for tests."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from local.bedrock.errors import StandInError
from local.bedrock.objects import ObjectError, Objects


class FolderObjects:
    """`s3://bucket/key` as folder/bucket/key; a bucket exists when its folder does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lines(self, uri: str) -> Iterator[bytes]:
        """As the protocol says."""
        try:
            with self._path(uri).open("rb") as file:
                yield from file
        except OSError as exc:
            raise ObjectError(f"Could not read {uri}: NoSuchKey. Check that the object exists.") from exc

    def put(self, uri: str, data: bytes) -> None:
        """As the protocol says; a reader sees the old object or the new one."""
        path = self._path(uri)
        if not (self._folder / urlsplit(uri).netloc).is_dir():
            raise ObjectError(f"Could not write {uri}: NoSuchBucket. Check that the bucket exists.")
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(path.name + ".new")
        new.write_bytes(data)
        new.replace(path)

    def _path(self, uri: str) -> Path:
        parts = urlsplit(uri)
        return self._folder / parts.netloc / parts.path.lstrip("/")


def objects_at(store: str) -> Objects:
    """The store that a setting names: `s3` or `file:///folder`.

    Raises:
        StandInError: It is neither.
    """
    if store == "s3":
        # boto3 takes a tenth of a second of a worker's life: only where S3 is spoken to.
        from local.bedrock.s3_objects import S3Objects  # noqa: PLC0415

        return S3Objects()
    if store.startswith("file:///"):
        return FolderObjects(Path(urlsplit(store).path))
    raise StandInError(f"object_store is '{store}'; expected 's3' or 'file:///folder'")
