"""S3 URIs, taken apart."""

from dataclasses import dataclass

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.s3_location import SCHEME


@dataclass(frozen=True, slots=True)
class S3Uri:
    """A bucket and a key or prefix in it, which may be "" and never begins or ends with a slash."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"

    def below(self, name: str) -> str:
        """The key of `name` below this prefix; a slash is never doubled (docs/bedrock.md, 1)."""
        return f"{self.key}/{name}" if self.key else name


def parse(uri: str) -> S3Uri:
    """The parts of "s3://bucket/key".

    Raises:
        InvalidInputError: It is no such URI.
    """
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    if not uri.startswith(SCHEME) or not bucket:
        raise InvalidInputError(f"{uri!r} is no S3 URI. Expected s3://bucket/key.")
    return S3Uri(bucket, key.strip("/"))
