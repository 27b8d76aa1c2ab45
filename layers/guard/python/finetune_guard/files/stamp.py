"""What tells two versions of a file apart without reading it."""

import os
from datetime import UTC, datetime


def stamp(status: os.stat_result) -> str:
    """Changes whenever the file is written or replaced; the role that an ETag has on S3."""
    return f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"


def modified_at(status: os.stat_result) -> datetime:
    """When the file was last written, UTC."""
    return datetime.fromtimestamp(status.st_mtime, UTC)
