from pathlib import Path

import pytest

from tests.curves.judging_code import code_digest, digest_of

CODE = "ratio = 2  # of the level\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spike.py"
    path.write_text(CODE)
    return path


def test_the_digest_is_the_same_wherever_the_code_lies(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "spike.py"
    other.parent.mkdir()
    other.write_text(CODE)
    assert digest_of([file]) == digest_of([other])
    assert len(code_digest().split("-")) == 4


def test_any_changed_figure_gives_another_digest(file: Path) -> None:
    before = digest_of([file])
    file.write_text(CODE.replace("2", "3"))
    assert digest_of([file]) != before


def test_comments_of_a_line_and_blank_lines_do_not_count(file: Path) -> None:
    before = digest_of([file])
    file.write_text("# why\n\n" + CODE)
    assert digest_of([file]) == before
