import json
import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core import wire
from finetune_guard.core.curve_seen import CurveSeen, PaceMark
from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.observations import BaseModelFacts
from tests.builders import START, completed, finding, later


@dataclass(frozen=True, slots=True)
class Sample:
    number: float
    money: Decimal
    at: datetime
    text: str


@given(st.floats(), st.text())
@pytest.mark.fault(62)
def test_every_double_and_text_survives(number: float, text: str) -> None:
    sample = Sample(number, Decimal("1.20"), START, text)
    back = wire.loads(wire.dumps(sample), Sample)
    assert back == sample or (math.isnan(number) and math.isnan(back.number))
    assert str(back.money) == "1.20"


@pytest.mark.parametrize(
    ("value", "name"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")]
)
@pytest.mark.fault(84)
def test_non_finite_numbers_are_strings_in_strict_json(value: float, name: str) -> None:
    def refuse(token: str) -> float:
        raise AssertionError(f"bare {token}")

    parsed = json.loads(wire.dumps({"deep": [{"loss": value}]}), parse_constant=refuse)
    assert parsed == {"deep": [{"loss": name}]}


def test_a_whole_job_record_survives() -> None:
    seen = CurveSeen(rows=9, last_step=9, marks=(PaceMark(4, START), PaceMark(9, later(minutes=2))))
    job = completed(findings=(finding(observed=math.inf),), seen=seen)
    assert wire.loads(wire.dumps(job), JobRecord) == job


def test_records_from_before_a_pace_was_kept_are_still_read() -> None:
    job, facts = completed(), BaseModelFacts("base", True, 8.0, 2, "run/full-0-0", START)
    old_job, old_facts = (json.loads(wire.dumps(record)) for record in (job, facts))
    del old_job["seen"]["marks"], old_facts["paces"]

    assert wire.loads(json.dumps(old_job), JobRecord) == job
    assert wire.loads(json.dumps(old_facts), BaseModelFacts) == facts


@pytest.mark.parametrize("text", ["", "{", "[]", '{"number": []}'])
def test_what_is_not_ours_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInputError, match="Cannot read a Sample"):
        wire.loads(text, Sample)
