"""A quick profile of the fuzzing, and what it would do with a fault."""

import pytest

from tests.fuzz.jsonl import Case, run


def test_a_few_hundred_generated_files_keep_every_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(600, 1) == 0
    assert "no traceback" in capsys.readouterr().out


def test_a_file_that_raises_ends_the_run_with_1_and_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    def fragile(case: Case) -> None:
        assert b"}" not in case.files[0]

    assert run(600, 1, fragile) == 1
    assert "fragile" in capsys.readouterr().err
