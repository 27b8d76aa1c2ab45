"""The contract of RunStore for records that cannot be read, on the fake and on DynamoDB by moto."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from finetune_guard.core.alerts import Alert
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.errors import NewerRecordError, NotFoundError, UnreadableRecordError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.names import JobKey
from finetune_guard.core.observations import BaseModelFacts, Control
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run
from finetune_guard.core.stored import Listed
from finetune_guard.ports import RunStore
from tests import builders
from tests.contracts.records import alert
from tests.contracts.run_stores import Record, Spoiling, Stores

WRITTEN = "what a person wrote"
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def with_field(key: str, value: object) -> Spoiling:
    return lambda text: json.dumps({**json.loads(text), key: value})


def without_a_field(text: str) -> str:
    return json.dumps(dict(list(json.loads(text).items())[1:]))


#: Every way in which a record may be such that it cannot be read.
SPOILINGS: dict[str, Spoiling] = {
    "cut off": lambda text: text[: len(text) // 2],
    "no JSON": lambda _: WRITTEN,
    "a list": lambda _: "[1, 2]",
    "a field is gone": without_a_field,
    "no record": lambda _: None,
    "a newer version": with_field("schema_version", 99),
    "an older version": with_field("schema_version", 0),
    "a version in words": with_field("schema_version", WRITTEN),
}

#: A record that a list would show, one beside it, and the list.
LISTS: dict[str, tuple[Record, Record, Callable[[RunStore], Listed[Any]]]] = {
    "open_runs": (builders.run(), builders.run(run_id="good"), lambda store: store.open_runs()),
    "ended_runs": (
        builders.run(status=RunStatus.REFUSED, report_uri=builders.REPORT),
        builders.run(run_id="good", status=RunStatus.REFUSED, report_uri=builders.REPORT),
        lambda store: store.ended_runs(10),
    ),
    "open_jobs": (builders.running(), builders.running(candidate=1), lambda store: store.open_jobs()),
    "models_to_delete": (
        builders.completed(),
        builders.completed(candidate=1),
        lambda store: store.models_to_delete(),
    ),
    "pending_alerts": (alert(), alert("b" * 24), lambda store: store.pending_alerts()),
    "alerts": (alert(), alert("b" * 24), lambda store: store.alerts(builders.run().run_id)),
    "base_models": (
        BaseModelFacts("bad"),
        BaseModelFacts("good"),
        lambda store: store.base_models(),
    ),
}


def put(store: RunStore, record: Record) -> None:
    match record:
        case Control():
            store.set_control(record)
        case Breaker():
            store.save_breaker(record)
        case BaseModelFacts():
            store.learn(record)
        case Run():
            store.add_run(record)
        case JobRecord():
            store.add_job(record)
        case Alert():
            store.add_alert(record)


@pytest.mark.parametrize("listing", LISTS)
def test_a_list_gives_what_can_be_read_and_names_what_cannot(stores: Stores, listing: str) -> None:
    bad, good, listed = LISTS[listing]
    put(stores.store, bad)
    put(stores.store, good)
    whole = stores.text(bad)
    for spoiling in SPOILINGS.values():
        stores.spoil(bad, spoiled(whole, spoiling))
        before = stores.text(bad)
        found = listed(stores.store)
        (told,) = found.unreadable
        assert len(found) == 1
        assert told.name in told.sentence
        assert WRITTEN not in told.sentence
        assert stores.text(bad) == before


def spoiled(whole: str, spoiling: Spoiling) -> Spoiling:
    return lambda _: spoiling(whole)


def test_a_value_that_no_version_knows_is_told_by_its_place_and_never_quoted(stores: Stores) -> None:
    bad = stores.store.add_job(builders.running())
    stores.spoil(bad, with_field("status", WRITTEN))
    (told,) = stores.store.open_jobs().unreadable
    assert "$.status" in told.sentence
    assert WRITTEN not in told.sentence
    assert "finetune-guard rebuild" in told.sentence


def test_a_run_with_a_job_that_cannot_be_read_raises_and_names_the_job(stores: Stores) -> None:
    stores.store.add_run(builders.run())
    stores.store.add_job(builders.running())
    bad = stores.store.add_job(builders.running(stage=Stage.FULL))
    whole = stores.text(bad)
    for spoiling in SPOILINGS.values():
        stores.spoil(bad, spoiled(whole, spoiling))
        with pytest.raises(UnreadableRecordError, match="full"):
            stores.store.run(bad.key.run_id)


def test_one_job_is_read_whatever_the_others_of_its_run_are(stores: Stores) -> None:
    good = stores.store.add_job(builders.running())
    bad = stores.store.add_job(builders.running(stage=Stage.FULL))
    stores.spoil(bad, SPOILINGS["cut off"])
    assert stores.store.job(good.key) == good
    with pytest.raises(UnreadableRecordError):
        stores.store.job(bad.key)
    with pytest.raises(NotFoundError, match="rehearsal-7-0"):
        stores.store.job(JobKey(good.key.run_id, Stage.REHEARSAL, 7))


def test_what_stands_in_the_way_of_an_intent_and_cannot_be_read_is_named(stores: Stores) -> None:
    bad = stores.store.add_job(builders.intent())
    stores.spoil(bad, SPOILINGS["cut off"])
    with pytest.raises(UnreadableRecordError, match="rehearsal"):
        stores.other.add_job(builders.intent())


SINGLE: dict[str, tuple[Record, Callable[[RunStore], object]]] = {
    "control": (Control(kill_switch=True), lambda store: store.control()),
    "breaker": (Breaker(), lambda store: store.breaker()),
    "base_model": (BaseModelFacts("base"), lambda store: store.base_model("base")),
}


@pytest.mark.parametrize("reading", SINGLE)
def test_a_single_record_that_cannot_be_read_raises(stores: Stores, reading: str) -> None:
    record, read = SINGLE[reading]
    put(stores.store, record)
    whole = stores.text(record)
    for name in ("cut off", "no record", "a newer version"):
        stores.spoil(record, spoiled(whole, SPOILINGS[name]))
        newer = name == "a newer version"
        with pytest.raises(NewerRecordError if newer else UnreadableRecordError):
            read(stores.store)


@pytest.mark.parametrize("record", [Control(kill_switch=True), BaseModelFacts("base", jobs_seen=3)])
def test_what_overwrites_mends_a_damaged_record_and_leaves_a_newer_releases_as_it_is(
    stores: Stores, record: Record
) -> None:
    put(stores.store, record)
    whole = stores.text(record)
    stores.spoil(record, SPOILINGS["cut off"])
    put(stores.other, record)
    assert stores.text(record) == whole
    stores.spoil(record, SPOILINGS["a newer version"])
    newer = stores.text(record)
    with pytest.raises(NewerRecordError, match="99"):
        put(stores.store, record)
    assert stores.text(record) == newer


@pytest.mark.parametrize("how", SPOILINGS)
def test_a_count_of_mails_that_cannot_be_read_is_begun_anew_by_whoever_counts_next(
    stores: Stores, how: str
) -> None:
    """It is of one hour and of one tick's making: nobody is to wait for a mail because of it."""
    stores.spoil(stores.store.save_mails(Mails(singles=(AT,))), SPOILINGS[how])

    found = stores.store.mails()
    stores.store.save_mails(replace(found, singles=(AT,) * 2))

    assert found.singles == ()
    assert len(stores.store.mails().singles) == 2
