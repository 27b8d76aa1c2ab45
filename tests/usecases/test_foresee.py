from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.decisions import Mode
from finetune_guard.usecases.advise import AdviceTools
from finetune_guard.usecases.foresee import CountedFiles, Foresight, foresee
from tests.cli.test_run import CONFIG, DATA
from tests.fakes.files import FakeDatasetFiles
from tests.fakes.world import World


def foreseen(mode: Mode, **changes: object) -> tuple[World, Foresight]:
    world = World()
    world.datasets.put("train.jsonl", DATA)
    tools = AdviceTools(files=world.datasets, jobs=world.jobs, store=world.store)
    return world, foresee({**CONFIG, **changes}, mode, world.clock.now(), tools)


@pytest.mark.parametrize(
    ("mode", "names"),
    [
        (Mode.MINI_RUN, ["rehearsal"]),
        (Mode.FULL_RUN, ["full run"]),
        (Mode.REHEARSE_THEN_RUN, ["rehearsal", "full run"]),
    ],
)
def test_each_mode_has_its_stages(mode: Mode, names: list[str]) -> None:
    assert [stage.name for stage in foreseen(mode)[1].stages] == names


def test_a_rehearsal_costs_its_share_of_the_full_run() -> None:
    rehearsal, full = foreseen(Mode.REHEARSE_THEN_RUN, rehearsal={"steps": 1})[1].stages
    assert rehearsal.records is not None
    assert full.records == 500
    assert rehearsal.usd is not None
    assert full.usd is not None
    assert float(rehearsal.usd) == pytest.approx(float(full.usd) * rehearsal.records / 1000, abs=1e-4)


def test_the_whole_is_the_sum_of_the_stages() -> None:
    foresight = foreseen(Mode.REHEARSE_THEN_RUN)[1]
    assert foresight.usd == sum((stage.usd or Decimal(0) for stage in foresight.stages), Decimal(0))


def test_the_data_is_read_once() -> None:
    world, _ = foreseen(Mode.REHEARSE_THEN_RUN)
    assert world.datasets.calls.count("chunks") == 1


def test_a_refused_config_has_no_stages_and_no_cost() -> None:
    foresight = foreseen(Mode.MINI_RUN, surprise=1)[1]
    assert not foresight.advice.ok
    assert foresight.stages == ()
    assert foresight.usd is None


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_records_are_the_lines_with_something_in_them_however_the_file_is_cut(chunks: list[bytes]) -> None:
    class Cut(FakeDatasetFiles):
        def chunks(self, uri: str):  # type: ignore[no-untyped-def]
            return iter(chunks)

    counted = CountedFiles(Cut(World().clock))
    assert b"".join(counted.chunks("x")) == b"".join(chunks)
    lines = b"".join(chunks).split(b"\n")
    assert counted.records("x") == sum(1 for line in lines if line.strip())
