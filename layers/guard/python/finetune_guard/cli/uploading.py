"""Uploads the data files of a config, showing how far it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from finetune_guard.cli.printable import shortened
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import Terminal
from finetune_guard.ports import DatasetFiles
from finetune_guard.usecases.start_run import Document, Upload, upload, uploads


def uploaded(document: Document, files: DatasetFiles, session: Session, terminal: Terminal) -> Document:
    """The config with every local data file on S3; itself when there is none.

    Args:
        document: The config.
        files: In which the local files are what they were when they were checked.
        session: Knows the bucket.
        terminal: Where to show how far it is.

    Raises:
        NotFoundError: A file is not there.
        StaleRecordError: A file is another than the one that was checked.
        ServiceError: It could not be written; nothing was started.
    """
    wanted = uploads(document, files)
    if not wanted:
        return document
    bucket = session.bucket()
    with (_bars if terminal.live else _lines)(wanted, bucket, terminal) as progress:
        return upload(document, bucket, files, progress)


@contextmanager
def _lines(
    wanted: tuple[Upload, ...], bucket: str, terminal: Terminal
) -> Iterator[Callable[[Upload, int], None]]:
    for file in wanted:
        terminal.say(f"uploading {file.path} ({file.size:,} bytes) to {bucket}")
    yield lambda file, sent: None
    terminal.say("uploaded")


@contextmanager
def _bars(
    wanted: tuple[Upload, ...], bucket: str, terminal: Terminal
) -> Iterator[Callable[[Upload, int], None]]:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=terminal.console) as progress:
        tasks = {
            file.key: progress.add_task(f"uploading {shortened(file.path, 40)}", total=file.size or 1)
            for file in wanted
        }
        yield lambda file, sent: progress.update(tasks[file.key], completed=sent if file.size else 1)
