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
    return f"{kept_files(job_name)}{version}-{key.rsplit('/', 1)[-1]}"


def kept_files(job_name: str) -> str:
    """What the keys of all versions of a job's metric files begin with."""
    return f"journal/{job_name}/"


def kept_as(journal_key: str) -> tuple[str, str]:
    """Name and version of the metric file that the journal keeps under this key."""
    version, _, name = journal_key.rsplit("/", 1)[-1].partition("-")
    return name, version


def log_key(job_name: str) -> str:
    """Where the journal has a job's metrics log."""
    return f"metrics/{job_name}/metrics.jsonl"


def events_key(job_name: str) -> str:
    """Where the journal has what was told of a job."""
    return f"metrics/{job_name}/events.jsonl"


#: What the keys of all that is kept of runs begin with.
RUNS = "runs/"


def run_key(run_id: str) -> str:
    """Where a run is kept as it was planned, or last taken up; the table is rebuilt from it."""
    return f"{RUNS}{run_id}/run.json"


def report_key(run_id: str) -> str:
    """Where a run's report is kept."""
    return f"{RUNS}{run_id}/report.json"
