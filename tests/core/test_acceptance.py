"""What a person may overrule, and what is said of the codes that were given."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import finetune_guard
from finetune_guard.core.acceptance import STANDINGS, accept, may_be_accepted, standing_of
from finetune_guard.core.datasets.fault_meanings import MEANINGS
from finetune_guard.core.hyperparameters.bases import CATALOGUE, LIVE
from finetune_guard.core.hyperparameters.rule import AWS_HP
from finetune_guard.core.hyperparameters.rules import RULES
from finetune_guard.core.hyperparameters.size_rules import AWS_QUOTA
from finetune_guard.core.hyperparameters.value_rules import AWS_EPOCHS
from finetune_guard.core.refusals import Refusal
from finetune_guard.core.runs import Problem
from finetune_guard.core.sources import AWS_PREPARE

HOT = Problem("HP030", "error", "hyperparameters.learningRate", '"0.03"', "It is hot.", "Cool it.", "a test")
UNKNOWN = Problem("HP002", "error", "hyperparameters.lora_rank", '"8"', "No such key.", "", "a test")
QUOTA = Problem("HP011", "error", "training_data_path", "10001 records", "Too many.", "", AWS_QUOTA)
HARD = replace(QUOTA, source=AWS_PREPARE)
SOURCES = Path(finetune_guard.__file__).parent
CODE = re.compile(r"[A-Z]{2}[0-9]{3}")


def codes_in_the_source() -> Iterator[str]:
    """Every text in the package that is the code of a problem."""
    for path in SOURCES.rglob("*.py"):
        if path.name != "acceptance.py":
            tree = ast.parse(path.read_text("utf-8"))
            texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            yield from (text for text in texts if isinstance(text, str) and CODE.fullmatch(text))


def test_every_code_in_the_source_is_classified_with_its_reason() -> None:
    assert {*codes_in_the_source(), *(rule.code for rule in RULES)} <= set(STANDINGS)
    assert all(standing.why for standing in STANDINGS.values())
    assert not any(standing.why.endswith(".") for standing in STANDINGS.values())


def test_a_code_that_can_be_an_error_is_never_said_to_refuse_nothing_and_the_other_way_round() -> None:
    errors = {rule.code for rule in RULES if "error" in rule.severities}
    mild = {rule.code for rule in RULES} - errors
    errors |= {fault.code for fault, meaning in MEANINGS.items() if meaning.severity == "error"}
    assert all(STANDINGS[code].refusal is not Refusal.NEVER for code in errors)
    assert all(STANDINGS[code].refusal is Refusal.NEVER for code in mild)


def test_what_a_person_may_know_better_is_this_and_no_more() -> None:
    wanted = {
        "AC007",
        "AC008",
        "DS015",
        "HP001",
        "HP004",
        "HP011",
        "HP012",
        "HP013",
        "HP030",
        "HP035",
        "HP051",
    }
    assert {code for code in STANDINGS if may_be_accepted(code)} == wanted


def test_an_accepted_refusal_becomes_a_warning_that_says_so() -> None:
    (problem,) = accept((HOT,), ("HP030",))
    assert problem.severity == "warning"
    assert problem.message == "It is hot; accepted by you (--accept HP030)."
    assert (problem.code, problem.key, problem.given, problem.source) == (
        HOT.code,
        HOT.key,
        HOT.given,
        HOT.source,
    )


def test_every_refusal_of_an_accepted_code_is_overruled() -> None:
    leaks = tuple(replace(HOT, code="HP051", key=key) for key in ("a", "b"))
    assert {problem.severity for problem in accept(leaks, ("HP051",))} == {"warning"}


def test_a_refusal_that_may_be_overruled_says_how() -> None:
    (problem,) = accept((HOT,), ())
    assert problem.severity == "error"
    assert problem.suggestion == "Cool it. Or overrule it with --accept HP030."


def test_the_services_own_refusal_is_refused_by_name_and_stays() -> None:
    first, answer = accept((UNKNOWN,), ("HP002",))
    assert first == UNKNOWN
    assert (answer.code, answer.severity, answer.key) == ("CF010", "error", "accept")
    assert answer.message.startswith("HP002 is the service's own refusal and cannot be accepted")


def test_the_services_own_refusal_is_refused_by_name_when_nothing_raised_it_too() -> None:
    (answer,) = accept((), ("HP003",))
    assert answer.code == "CF010"


def test_what_this_version_cannot_run_is_refused_with_the_way_out() -> None:
    problem = replace(UNKNOWN, code="CO002", key="budget_usd")
    *_, answer = accept((problem,), ("CO002",))
    assert answer.code == "CF010"
    assert "budget_usd" in answer.message
    assert "service" not in answer.message


@pytest.mark.parametrize(
    ("code", "nearest"),
    [("HPO30", "HP030"), ("hp011", "HP011"), ("DS15", "DS015"), ("", ""), ("🦙" * 40, "")],
)
def test_an_unknown_code_gets_the_nearest(code: str, nearest: str) -> None:
    (answer,) = accept((), (code,))
    assert (answer.code, answer.severity) == ("CF011", "error")
    assert nearest in answer.suggestion


def test_a_code_that_refused_nothing_is_a_note() -> None:
    for code in ("HP030", "HP050", "BM002"):
        (answer,) = accept((), (code,))
        assert (answer.code, answer.severity) == ("CF012", "info")


def test_a_warning_that_is_accepted_stays_as_it_is() -> None:
    warm = replace(HOT, severity="warning")
    first, answer = accept((warm,), ("HP030",))
    assert first == warm
    assert answer.code == "CF012"


def test_a_code_given_twice_is_answered_once() -> None:
    assert len(accept((), ("HP030", "HP030"))) == 1


@pytest.mark.parametrize(
    ("problem", "overruled"),
    [
        (QUOTA, True),
        (HARD, False),
        (replace(HOT, code="HP004", source=AWS_EPOCHS), True),
        (replace(HOT, code="HP004", source=AWS_HP), False),
        (replace(HOT, code="HP001", source=CATALOGUE), True),
        (replace(HOT, code="HP001", source=LIVE), False),
    ],
)
def test_where_a_code_rests_on_two_sources_the_source_decides(problem: Problem, overruled: bool) -> None:
    first, *answers = accept((problem,), (problem.code,))
    assert (first.severity == "warning") == overruled
    assert [answer.code for answer in answers] == ([] if overruled else ["CF010"])


def test_one_code_overrules_the_quota_and_not_the_hard_limit_beside_it() -> None:
    quota, hard, answer = accept((QUOTA, HARD), ("HP011",))
    assert (quota.severity, hard.severity, answer.code) == ("warning", "error", "CF010")


def test_a_code_that_nobody_registered_is_nobodys_to_overrule() -> None:
    stray = replace(HOT, code="ZZ999")
    assert standing_of(stray) is None
    first, answer = accept((stray,), ("ZZ999",))
    assert first == stray
    assert answer.code == "CF011"
