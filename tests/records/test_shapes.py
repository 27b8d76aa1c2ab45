"""What is stored changes on purpose only: with a default, or with a version and a migration."""

from copy import deepcopy

import pytest

from finetune_guard.core.stored import SHAPES
from tests.records.shapes import Shapes, broken, kept, present


def test_no_record_that_is_stored_loses_anything_or_becomes_unreadable() -> None:
    assert list(broken(kept(), present())) == [], "see tests/records/shapes.py"


def test_the_shapes_that_are_written_down_are_those_of_the_code() -> None:
    assert vars(present()) == vars(kept()), "run: python -m tests.records.shapes"


def test_every_version_but_the_first_can_be_reached_from_the_one_before() -> None:
    assert all(shape.version == 1 or shape.oldest < shape.version for shape in SHAPES)


def changed(**changes: dict[str, str] | list[str] | None) -> Shapes:
    """Today's shapes with some of JobRecord's fields changed, or JobStatus's words."""
    now = deepcopy(present())
    for key, kind in (changes.get("fields") or {}).items():  # type: ignore[union-attr]
        now.types["JobRecord"].pop(key, None)
        if kind:
            now.types["JobRecord"][key] = kind
    if words := changes.get("words"):
        assert isinstance(words, list)
        now.values["JobStatus"] = words
    return now


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fields": {"settled_reads": ""}}, "JobRecord.settled_reads is gone"),
        ({"fields": {"colour": "str"}}, "JobRecord.colour is new and has no default"),
        ({"fields": {"too_hot": "int = …"}}, "JobRecord.too_hot was bool = …, is int = …"),
        ({"fields": {"too_hot": "bool"}}, "JobRecord.too_hot has no default any more"),
        ({"words": ["Intended"]}, "JobStatus has no 'InProgress' any more"),
    ],
)
def test_a_change_that_older_records_do_not_survive_is_told_unless_the_version_rises(
    changes: dict[str, dict[str, str]], told: str
) -> None:
    now = changed(**changes)
    assert any(told in fault for fault in broken(present(), now))
    now.versions |= {"JobRecord": 2, "Run": 2}
    assert list(broken(present(), now)) == []


def test_a_new_field_with_a_default_and_a_new_word_break_nothing() -> None:
    now = changed(fields={"colour": "str = …"}, words=[*present().values["JobStatus"], "Paused"])
    assert list(broken(present(), now)) == []
