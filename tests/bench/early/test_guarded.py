from functools import partial

import pytest

from bench.early.cases import CASES, NOVA, Case, Setting
from bench.early.data import text
from bench.early.guarded import config, guarded
from bench.early.one_shot import loss_of, one_shot
from finetune_guard.core.config import examine_config
from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.hyperparameters.rules import judge_setting
from finetune_guard.usecases.check_data import DataAnswer
from finetune_guard.usecases.checks import refuses, setting_of, settled

SETTING = Setting(NOVA, partial(text, records=400, validation=50))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_is_a_config_that_pre_flight_would_let_pass(case: Case) -> None:
    reading = examine_config(config(case))
    base = find(case.setting.base)

    assert reading.config is not None
    assert base is not None
    setting = setting_of(reading, base, DataAnswer(given=True), None)
    assert not refuses(settled(judge_setting(setting), reading))


def test_the_names_of_cases_differ() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_a_run_of_one_job_that_nothing_is_wrong_with_keeps_the_one_shot_runs_model() -> None:
    played = guarded(Case("healthy", "one job", SETTING), SETTING.data(1))

    assert played.run.status is RunStatus.COMPLETED
    assert played.run.kept == "full-0-0"
    assert played.weights is not None
    assert loss_of(SETTING, SETTING.data(1), played.weights) == pytest.approx(one_shot(SETTING, 1).loss)
    assert played.turning is None
    assert played.tokens == played.tokens_at_most > played.full_tokens


def test_the_first_segment_is_the_rehearsal_where_that_would_train_nearly_as_much() -> None:
    played = guarded(Case("healthy", "two", SETTING, 2), SETTING.data(1))

    assert [job.key.short for job in played.run.jobs] == ["rehearsal-0-0", "segment-2-0-0"]
    assert played.tokens / played.full_tokens == pytest.approx(1, abs=0.01)
    assert played.run.kept == "segment-2-0-0"


def test_what_one_run_has_learnt_of_a_base_the_next_one_knows() -> None:
    first = guarded(Case("healthy", "two", SETTING, 2), SETTING.data(1))
    again = guarded(Case("healthy", "one job", SETTING), SETTING.data(1), first.learnt)

    assert first.learnt.accepts_custom_model
    assert first.learnt.records_per_step == 8
    assert again.plan.rehearsal is not None
    assert "calibrated" in again.plan.rehearsal.steps_basis
