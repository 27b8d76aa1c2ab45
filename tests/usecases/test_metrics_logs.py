from dataclasses import replace

from finetune_guard.core.jobs import JobStatus
from finetune_guard.usecases.metrics_logs import Copied, append_new, copy_logs
from tests import builders
from tests.fakes.files import FakeJournal


class Folder:
    """A log folder in memory."""

    def __init__(self) -> None:
        self.logs: dict[tuple[str, str], str] = {}

    def lines(self, job_name: str, name: str) -> frozenset[str]:
        return frozenset(self.logs.get((job_name, name), "").splitlines())

    def append(self, job_name: str, name: str, text: str) -> None:
        self.logs[(job_name, name)] = self.logs.get((job_name, name), "") + text


def test_lines_are_appended_once_and_in_order() -> None:
    folder = Folder()
    assert append_new(folder, "job", "metrics.jsonl", "a\nb\n") == 2
    assert append_new(folder, "job", "metrics.jsonl", "a\nb\nc\n") == 1
    assert folder.logs[("job", "metrics.jsonl")] == "a\nb\nc\n"


def test_both_logs_of_a_job_are_copied_when_its_record_has_news() -> None:
    journal, folder, job = FakeJournal(), Folder(), builders.running()
    name, run = job.request.job_name, builders.run(jobs=(job,))
    journal.objects[f"metrics/{name}/metrics.jsonl"] = b'{"step":1}\n'
    journal.objects[f"metrics/{name}/events.jsonl"] = b'{"kind":"finding"}\n'

    copied = copy_logs(run, Copied({}), journal, folder)

    assert folder.logs == {
        (name, "metrics.jsonl"): '{"step":1}\n',
        (name, "events.jsonl"): '{"kind":"finding"}\n',
    }
    journal.seam.calls.clear()
    quiet = replace(run, jobs=(replace(job, ticked_at=builders.later(minutes=1), version=5),))
    copied = copy_logs(quiet, copied, journal, folder)
    assert journal.seam.calls == []
    copy_logs(replace(run, jobs=(replace(job, status=JobStatus.STOPPED),)), copied, journal, folder)
    assert journal.seam.calls == ["journal.read", "journal.read"]


def test_a_job_without_logs_leaves_none() -> None:
    folder = Folder()
    copy_logs(builders.run(jobs=(builders.running(),)), Copied({}), FakeJournal(), folder)
    assert folder.logs == {}
