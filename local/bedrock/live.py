"""The training CSV: on S3 as it grows where it is live, otherwise at the end."""

import sys
import threading
from pathlib import Path

from local.bedrock.artifacts import garbled, training_csv
from local.bedrock.catalog import BaseModel
from local.bedrock.faults import FaultScript
from local.bedrock.messages import Assignment
from local.bedrock.objects import ObjectError, Objects
from local.bedrock.store import write_whole
from local.bedrock.training import Step


class TrainingFile:
    """Rows of a job, and their publication.

    A live file is written in a thread of its own, so that it is up to date also where training has frozen.

    After a restart training is told again from its beginning, with the same rows; until it has caught up with
    what was published, nothing is, so that a file once seen never shrinks.
    """

    def __init__(
        self,
        task: Assignment,
        objects: Objects,
        uri: str,
        faults: FaultScript,
        base: BaseModel,
        live: bool,
    ) -> None:
        self.rows: list[Step] = []
        self._task = task
        self._objects = objects
        self._uri = uri
        self._faults = faults
        self._perplexity = base.has_perplexity_column
        self._live = live
        self._count = Path(task.folder) / "published"
        self._published = int(self._count.read_text(encoding="utf-8")) if self._count.exists() else 0
        self._lock = threading.Lock()
        self._grown = threading.Event()
        self._over = threading.Event()
        if live:
            threading.Thread(target=self._keep_up, daemon=True).start()

    def add(self, step: Step) -> None:
        """Adds a row."""
        self.rows.append(step)
        self._grown.set()

    def publish_partial(self) -> None:
        """What a stopped job leaves: its rows, where the file was live or the setting says so."""
        self._over.set()
        if self._live or self._task.pace.stopped_csv:
            self._publish()

    def publish(self) -> None:
        """What a completed job leaves: all its rows."""
        self._over.set()
        self._publish()

    def _publish(self) -> None:
        """Writes all rows, unless more were written before a restart."""
        with self._lock:
            rows = list(self.rows)
            if len(rows) < self._published:
                return
            data = training_csv(rows, self._perplexity)
            event = f"{self._task.job_id}/{len(rows)}"
            fault = self._faults.first(("garble_csv",), "", self._task.job_name, event)
            self._objects.put(self._uri, garbled(data, fault.how) if fault else data)
            self._published = len(rows)
            write_whole(self._count, str(self._published).encode())

    def _keep_up(self) -> None:
        """Publishes the first row at once, and what has come since every `live_seconds`."""
        while self._grown.wait() and not self._over.is_set():
            self._grown.clear()
            try:
                self._publish()
            except ObjectError as exc:
                # The next time may succeed; if not, the last publication fails the job.
                sys.stderr.write(f"{exc}\n")
            self._over.wait(self._task.pace.live_seconds)
