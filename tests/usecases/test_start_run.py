import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.names import run_id
from finetune_guard.usecases.start_run import (
    Document,
    StartTools,
    Upload,
    execution_name,
    start_run,
    upload,
    upload_key,
    uploads,
    with_orders,
)
from tests.builders import START
from tests.fakes.world import World

MACHINE = "arn:aws:states:us-west-2:123456789012:stateMachine:run"


def tools(world: World) -> StartTools:
    return StartTools(world.datasets, world.workflow, world.clock)


def test_a_local_file_is_uploaded_under_a_key_that_its_content_decides() -> None:
    world = World()
    world.datasets.put("data/my train.jsonl", b"{}\n" * 10)
    told: list[tuple[str, int]] = []

    changed = upload(
        {"training_data_path": "data/my train.jsonl"},
        "bucket",
        world.datasets,
        lambda file, sent: told.append((file.key, sent)),
    )

    uri = changed["training_data_path"]
    assert isinstance(uri, str)
    assert re.fullmatch(r"s3://bucket/uploads/[0-9a-f]{16}/my-train\.jsonl", uri)
    assert world.datasets.contents[uri].data == b"{}\n" * 10
    assert told[-1] == ("training_data_path", 30)


def test_the_same_content_is_not_sent_twice() -> None:
    world = World()
    world.datasets.put("train.jsonl", b"{}\n")
    document = {"training_data_path": "train.jsonl"}

    first = upload(dict(document), "bucket", world.datasets, lambda file, sent: None)
    again = upload(dict(document), "bucket", world.datasets, lambda file, sent: None)

    assert first == again
    assert world.seam.calls.count("datasets.write") == 1


def test_what_is_on_s3_already_is_left_where_it_is() -> None:
    world = World()
    document = {"training_data_path": "s3://mine/train.jsonl", "validation_data_path": None}
    assert uploads(dict(document), world.datasets) == ()
    assert upload(dict(document), "bucket", world.datasets, lambda file, sent: None) == document


def test_a_local_file_that_is_not_there_is_an_error_before_anything_is_sent() -> None:
    world = World()
    with pytest.raises(NotFoundError, match=r"gone\.jsonl"):
        upload({"training_data_path": "gone.jsonl"}, "bucket", world.datasets, lambda file, sent: None)
    assert "datasets.write" not in world.seam.calls


def test_both_files_are_found_with_their_sizes() -> None:
    world = World()
    world.datasets.put("t.jsonl", b"12345")
    world.datasets.put("v.jsonl", b"123")
    document = {"training_data_path": "t.jsonl", "validation_data_path": "v.jsonl"}
    assert uploads(dict(document), world.datasets) == (
        Upload("training_data_path", "t.jsonl", 5),
        Upload("validation_data_path", "v.jsonl", 3),
    )


def test_steps_and_auto_stop_join_what_the_config_says_already() -> None:
    document: Document = {"rehearsal": {"on_inconclusive": "refuse"}}
    assert with_orders(document, steps=50, auto_stop=True) == {
        "rehearsal": {"on_inconclusive": "refuse", "steps": 50},
        "monitoring": {"auto_stop": "on"},
    }


def test_without_orders_the_config_stays_as_it_is() -> None:
    document: Document = {"job_name": "a", "monitoring": {"auto_stop": "shadow"}}
    assert with_orders(document) == document


def test_a_section_of_the_wrong_type_is_left_for_validation_to_name() -> None:
    assert with_orders({"rehearsal": "soon"}, steps=5) == {"rehearsal": "soon"}


def test_what_the_command_line_accepts_is_added_to_what_the_config_accepts() -> None:
    document: Document = {"accept": ["HP011"]}
    assert with_orders(document, accept=("HP030", "HP011", "HP030")) == {"accept": ["HP011", "HP030"]}
    assert document == {"accept": ["HP011"]}
    assert with_orders({}, accept=("HP030",)) == {"accept": ["HP030"]}
    assert with_orders({"accept": "HP011"}, accept=("HP030",)) == {"accept": "HP011"}


def test_a_started_run_has_the_id_that_the_machine_will_give_it() -> None:
    world = World()
    started = start_run({"job_name": "Support Bot"}, "Support Bot", MACHINE, tools(world))
    assert started.run_id == run_id("Support Bot", started.execution_arn)
    assert json.loads(world.workflow.inputs[started.execution_arn]) == {"job_name": "Support Bot"}


@given(st.text(max_size=300))
def test_every_job_name_gives_an_execution_name_that_step_functions_takes(job_name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", execution_name(job_name, START))


@given(st.text(max_size=300))
def test_every_file_name_gives_a_key_that_bedrock_takes(name: str) -> None:
    assert re.fullmatch(r"uploads/[0-9a-f]{16}/[A-Za-z0-9._-]{1,80}", upload_key(name, [b"x"]))
