"""Where the journal keeps what the watch has seen, so that a replay finds it again."""


def metric_file_key(job_name: str, key: str, etag: str) -> str:
    """The journal's key for one version of a job's metric file.

    Two files of the same name and ETag have the same content, so they may share a key.

    Args:
        job_name: The job's name.
        key: The file's key, or path, where the job wrote it.
        etag: The version, as S3 tells it, quotes and all.
    """
    version = "".join(character for character in etag if character.isalnum())
    return f"journal/{job_name}/{version}-{key.rsplit('/', 1)[-1]}"


def log_key(job_name: str) -> str:
    """Where the journal has a job's metrics log."""
    return f"metrics/{job_name}/metrics.jsonl"
