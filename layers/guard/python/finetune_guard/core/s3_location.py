"""The parts of an S3 URI, of which nothing is demanded; aws/s3_uri.py refuses what is none."""

SCHEME = "s3://"


def bucket_of(uri: str) -> str:
    """The bucket of an S3 URI, "" for anything else."""
    return uri.removeprefix(SCHEME).partition("/")[0] if uri.startswith(SCHEME) else ""


def key_of(uri: str) -> str:
    """The key or prefix of an S3 URI, as it is written; "" for anything else."""
    return uri.removeprefix(SCHEME).partition("/")[2] if uri.startswith(SCHEME) else ""
