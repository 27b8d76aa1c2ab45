import pytest

from finetune_guard.core.decisions import Mode
from finetune_guard.usecases.advise import AdviceTools
from finetune_guard.usecases.foresee import Foresight, foresee
from tests.cli.test_run import CONFIG, DATA
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
        (Mode.FULL_RUN, ["full"]),
        (Mode.REHEARSE_THEN_RUN, ["rehearsal", "full"]),
    ],
)
def test_each_mode_has_its_stages(mode: Mode, names: list[str]) -> None:
    assert [stage.stage.value for stage in foreseen(mode)[1].advice.cost.stages] == names


def test_the_data_is_read_once() -> None:
    world, _ = foreseen(Mode.REHEARSE_THEN_RUN)
    assert world.datasets.calls.count("chunks") == 1


def test_a_budget_that_pays_for_the_rehearsal_alone_lets_a_mini_run_start() -> None:
    cheap = {"budget_usd": "0.005", "rehearsal": {"steps": 1}}
    assert foreseen(Mode.MINI_RUN, **cheap)[1].advice.ok
    assert not foreseen(Mode.REHEARSE_THEN_RUN, **cheap)[1].advice.ok


def test_orders_are_told_of_a_config_that_is_not_refused() -> None:
    foresight = foreseen(Mode.MINI_RUN)[1]
    assert (foresight.max_hours, foresight.auto_stop) == (72.0, "shadow")
    assert foreseen(Mode.MINI_RUN, surprise=1)[1].auto_stop == ""
