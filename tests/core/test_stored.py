"""Records of every age: what is read, what is migrated, what is refused by name."""

import json
from dataclasses import dataclass, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.errors import NewerRecordError, UnreadableRecordError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.stored import JOB, SHAPES, Document, Shape, listed, read, refuse_newer
from finetune_guard.core.wire import dumps
from tests import builders

NAME = "RUN#r JOB#full#0#0"


@dataclass(frozen=True, slots=True)
class Light:
    """A record that has changed twice: `on` became `level`, then `level` became a share of one."""

    share: float
    note: str = ""
    schema_version: int = 3


def levelled(document: Document) -> Document:
    return {"level": 100 if document["on"] else 0}


def shared(document: Document) -> Document:
    level = document["level"]
    assert isinstance(level, int)
    return {key: value for key, value in document.items() if key != "level"} | {"share": level / 100}


LIGHT = Shape(Light, "Switch it anew.", version=3, migrations={1: levelled, 2: shared})


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ('{"on": true}', 1.0),
        ('{"on": true, "schema_version": 1}', 1.0),
        ('{"level": 50, "schema_version": 2}', 0.5),
        ('{"share": 0.25, "schema_version": 3}', 0.25),
    ],
)
def test_a_record_of_any_version_that_is_known_comes_out_in_todays_shape(text: str, share: float) -> None:
    assert read(text, LIGHT, NAME) == Light(share)


def test_what_was_migrated_is_written_with_todays_version() -> None:
    assert json.loads(dumps(read('{"on": false}', LIGHT, NAME)))["schema_version"] == 3


def test_a_newer_version_is_refused_by_name_and_it_is_said_what_to_do() -> None:
    with pytest.raises(NewerRecordError) as told:
        read('{"share": 1, "schema_version": 4}', LIGHT, NAME)
    for part in (NAME, "schema_version 4", "1 to 3", "left as it is", "Deploy the newer release"):
        assert part in str(told.value)


def test_a_version_before_the_first_migration_is_refused_by_name() -> None:
    young = replace(LIGHT, migrations={2: shared})
    with pytest.raises(UnreadableRecordError, match=r"schema_version 1; .* 2 to 3"):
        read('{"on": true}', young, NAME)


def test_a_migration_that_finds_other_fields_than_its_own_makes_no_crash() -> None:
    with pytest.raises(UnreadableRecordError, match="not those of version 1"):
        read('{"lit": true}', LIGHT, NAME)


def test_fields_that_this_version_does_not_know_are_let_be() -> None:
    record = builders.running()
    newer = dumps(record)[:-1] + ',"from_a_later_release":[1,2]}'
    assert read(newer, JOB, NAME) == record


@given(st.text(max_size=40))
def test_whatever_the_text_is_it_is_read_or_refused_by_name_without_quoting_it(text: str) -> None:
    marked = f'{{"status": {json.dumps("Zebra" + text)}, "key": 1'
    for spoiled in (text, marked, marked + "}"):
        with pytest.raises(UnreadableRecordError) as told:
            read(spoiled, JOB, NAME)
        assert NAME in str(told.value)
        assert "Zebra" not in str(told.value)


def test_deep_nesting_is_a_damaged_record_and_no_crash() -> None:
    with pytest.raises(UnreadableRecordError):
        read("[" * 100_000, JOB, NAME)


def test_a_list_keeps_its_order_and_tells_of_what_it_leaves_out() -> None:
    found = listed([("a", '{"share": 1}'), ("b", "{"), ("c", '{"share": 2}')], Shape(Light, "", version=1))
    assert [light.share for light in found] == [1, 2]
    assert [record.name for record in found.unreadable] == ["b"]


def test_only_a_newer_releases_record_is_kept_from_being_written_over() -> None:
    refuse_newer("damaged", LIGHT, NAME)
    refuse_newer('{"on": true}', LIGHT, NAME)
    with pytest.raises(NewerRecordError):
        refuse_newer('{"schema_version": 9}', LIGHT, NAME)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.kind.__name__)
def test_every_kind_of_record_carries_the_version_that_is_written_today(shape: Shape[JobRecord]) -> None:
    (carried,) = (field.default for field in fields(shape.kind) if field.name == "schema_version")
    assert carried == shape.version
    assert list(range(shape.oldest, shape.version)) == sorted(shape.migrations)
