import string

from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.journal_keys import kept_as, kept_files, metric_file_key

CSV = "training_artifacts/step_wise_training_metrics.csv"


def test_a_version_is_named_by_its_job_its_etag_and_its_file() -> None:
    key = metric_file_key("support-bot-full-0-0", f"model-customization-job-x/{CSV}", '"0fA1-2"')
    assert key == "journal/support-bot-full-0-0/0fA12-step_wise_training_metrics.csv"


@given(
    st.lists(st.text(string.hexdigits[:16], min_size=32, max_size=32), min_size=2, max_size=2, unique=True)
)
def test_two_versions_never_share_a_key(etags: list[str]) -> None:
    first, second = (metric_file_key("job", CSV, f'"{etag}"') for etag in etags)
    assert first != second


def test_a_key_tells_the_file_and_the_version_that_it_keeps() -> None:
    key = metric_file_key("support-bot-full-0-0", f"model-customization-job-x/{CSV}", '"0fA1-2"')
    assert key.startswith(kept_files("support-bot-full-0-0"))
    assert kept_as(key) == ("step_wise_training_metrics.csv", "0fA12")
