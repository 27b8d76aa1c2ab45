"""The contract of RunStore for alerts, orders and knowledge, on the fake and on DynamoDB by moto."""

from dataclasses import replace

import pytest

from finetune_guard.core.alerts import AlertState
from finetune_guard.core.breaker import Breaker, PlacedStop
from finetune_guard.core.errors import StaleRecordError
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.observations import BaseModelFacts, Control
from finetune_guard.ports import RunStore
from tests import builders
from tests.builders import later
from tests.contracts.records import alert
from tests.contracts.run_stores import Stores


class TestAlerts:
    def test_an_alert_is_recorded_once_whoever_finds_it(self, stores: Stores) -> None:
        assert stores.store.add_alert(alert())
        assert not stores.other.add_alert(alert())

    def test_the_oldest_pending_alert_comes_first(self, store: RunStore) -> None:
        for name, minutes in (("b", 2), ("c", 3), ("a", 1)):
            store.add_alert(alert(name * 24, created_at=later(minutes=minutes)))
        assert [found.alert_id[0] for found in store.pending_alerts()] == ["a", "b", "c"]
        assert store.alerts(alert().run_id) == store.pending_alerts()

    @pytest.mark.fault(67)
    def test_an_alert_goes_from_pending_to_claimed_to_sent(self, store: RunStore) -> None:
        store.add_alert(alert())
        assert store.claim_alert(alert(), later(minutes=1), later(minutes=3))
        (claimed,) = store.pending_alerts()
        assert (claimed.state, claimed.claimed_until) == (AlertState.CLAIMED, later(minutes=3))
        store.mark_sent(claimed, "m-1", later(minutes=2))
        (sent,) = store.alerts(alert().run_id)
        assert (sent.state, sent.message_id, sent.sent_at) == (AlertState.SENT, "m-1", later(minutes=2))
        assert store.pending_alerts() == ()

    @pytest.mark.fault(4)
    def test_of_two_senders_one_gets_the_alert(self, stores: Stores) -> None:
        stores.store.add_alert(alert())
        assert stores.store.claim_alert(alert(), builders.START, later(minutes=2))
        assert not stores.other.claim_alert(alert(), builders.START, later(minutes=2))

    @pytest.mark.fault(59)
    def test_a_sender_that_claims_the_same_again_still_has_it(self, store: RunStore) -> None:
        store.add_alert(alert())
        assert store.claim_alert(alert(), builders.START, later(minutes=2))
        assert store.claim_alert(alert(), later(seconds=1), later(minutes=2))

    @pytest.mark.fault(67)
    @pytest.mark.fault(68)
    def test_a_claim_that_has_run_out_is_anybodys(self, stores: Stores) -> None:
        stores.store.add_alert(alert())
        assert stores.store.claim_alert(alert(), builders.START, later(minutes=2))
        assert not stores.other.claim_alert(alert(), later(minutes=2), later(minutes=4))
        assert stores.other.claim_alert(alert(), later(minutes=2, seconds=1), later(minutes=4))

    def test_a_sent_alert_cannot_be_claimed_and_stays_sent(self, store: RunStore) -> None:
        store.add_alert(alert())
        store.claim_alert(alert(), builders.START, later(minutes=2))
        store.mark_sent(alert(), "m-1", later(minutes=1))
        assert not store.claim_alert(alert(), later(hours=9), later(hours=10))
        store.mark_sent(alert(), "m-2", later(minutes=5))
        assert [found.message_id for found in store.alerts(alert().run_id)] == ["m-1"]

    def test_an_alert_that_nobody_recorded_can_neither_be_claimed_nor_marked(self, store: RunStore) -> None:
        assert not store.claim_alert(alert(), builders.START, later(minutes=2))
        with pytest.raises(StaleRecordError):
            store.mark_sent(alert(), "m-1", later(minutes=1))

    def test_an_alert_that_nobody_claimed_cannot_be_marked_as_sent(self, store: RunStore) -> None:
        store.add_alert(alert())
        with pytest.raises(StaleRecordError, match="claim"):
            store.mark_sent(alert(), "m-1", later(minutes=1))


class TestOrdersAndKnowledge:
    def test_the_kill_switch_is_off_until_somebody_turns_it_on(self, store: RunStore) -> None:
        assert store.control() == Control(kill_switch=False)
        store.set_control(Control(kill_switch=True))
        assert store.control().kill_switch
        store.set_control(Control(kill_switch=False))
        assert not store.control().kill_switch

    def test_the_breaker_has_no_stops_until_one_is_placed(self, store: RunStore) -> None:
        assert store.breaker() == Breaker()
        placed = Breaker((PlacedStop("run/full-0-0", builders.START),))
        saved = store.save_breaker(placed)
        assert saved == replace(placed, version=1) == store.breaker()
        assert store.save_breaker(Breaker(version=1)) == Breaker(version=2) == store.breaker()

    @pytest.mark.fault(4)
    @pytest.mark.parametrize("version", [0, 1])
    def test_of_two_ticks_that_place_a_stop_at_once_one_wins(self, stores: Stores, version: int) -> None:
        for number in range(version):
            stores.store.save_breaker(Breaker(version=number))
        read = stores.store.breaker()
        first = stores.other.save_breaker(replace(read, stops=(PlacedStop("a", builders.START),)))
        with pytest.raises(StaleRecordError, match=f"version {version}"):
            stores.store.save_breaker(replace(read, stops=(PlacedStop("b", builders.START),)))
        with pytest.raises(StaleRecordError):
            stores.store.save_breaker(replace(read, stops=(PlacedStop("a", builders.START),)))
        assert stores.store.breaker() == first

    def test_no_mails_are_counted_until_some_are(self, store: RunStore) -> None:
        assert store.mails() == Mails()
        placed = Mails((builders.START, later(minutes=1)), (later(minutes=2),))
        saved = store.save_mails(placed)
        assert saved == replace(placed, version=1) == store.mails()
        assert store.save_mails(Mails(version=1)) == Mails(version=2) == store.mails()

    @pytest.mark.fault(4)
    @pytest.mark.fault(72)
    @pytest.mark.parametrize("version", [0, 1])
    def test_of_two_ticks_that_place_mails_at_once_one_wins(self, stores: Stores, version: int) -> None:
        for number in range(version):
            stores.store.save_mails(Mails(version=number))
        read = stores.store.mails()
        first = stores.other.save_mails(replace(read, singles=(builders.START,)))
        for places in ((later(minutes=1),), (builders.START,)):
            with pytest.raises(StaleRecordError, match=f"version {version}"):
                stores.store.save_mails(replace(read, singles=places))
        assert stores.store.mails() == first

    def test_what_is_learnt_of_a_base_model_is_known_afterwards(self, store: RunStore) -> None:
        name = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
        assert store.base_model(name) == BaseModelFacts(name)
        facts = BaseModelFacts(name, True, 8.25, 2, "run/full-0-0", builders.START)
        store.learn(facts)
        assert store.base_model(name) == facts

    def test_every_base_model_is_found_once_in_the_order_of_ids(self, store: RunStore) -> None:
        assert store.base_models() == ()
        for name in ("nova", "llama", "nova"):
            store.learn(replace(store.base_model(name), jobs_seen=store.base_model(name).jobs_seen + 1))
        store.add_job(builders.running())
        assert [(facts.base_model_id, facts.jobs_seen) for facts in store.base_models()] == [
            ("llama", 1),
            ("nova", 2),
        ]
