from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from finetune_guard.core import wire
from finetune_guard.core.decisions import Mode, RunStatus
from finetune_guard.core.end_mail import end_alert
from finetune_guard.core.names import run_id
from finetune_guard.usecases.start_run import StartTools
from local.demo.following import Seen, World, begin, follow, upload
from local.demo.stories import HEALTHY, STALLED, Story
from local.inbox.mails import Mail
from tests import builders
from tests.fakes.world import World as Fakes

PAIRS = [("How it begins", "and how it goes on")] * 600


@dataclass
class Scenes:
    """A waiter that, instead of waiting, lets the next thing happen; it gives up when nothing is left."""

    scenes: list[Callable[[], object]]
    waited: list[float] = field(default_factory=list)

    def wait(self, timeout: float) -> bool:
        self.waited.append(timeout)
        self.scenes.pop(0)()
        return False

    def set(self) -> None:
        raise AssertionError("nobody gives up here")


@dataclass
class Stage:
    """A deployed stack of fakes, with a queue of mails."""

    fakes: Fakes = field(default_factory=Fakes)
    post: list[Mail] = field(default_factory=list)
    scenes: Scenes = field(default_factory=lambda: Scenes([]))

    def world(self) -> World:
        return World(
            start=StartTools(self.fakes.datasets, self.fakes.workflow, self.fakes.clock),
            store=self.fakes.store,
            bucket="guard-bucket",
            machine=lambda mode: f"arn:aws:states:us-east-1:000000000000:stateMachine:{mode}",
            fetch_mails=self.fetch,
            waiter=self.scenes,
        )

    def fetch(self) -> tuple[Mail, ...]:
        arrived, self.post = tuple(self.post), []
        return arrived

    def the_run_is_recorded(self, seen: Seen) -> None:
        made = replace(
            builders.run(), run_id=seen.run_id, job_name=seen.story.name, execution_arn=seen.execution.arn
        )
        self.fakes.store.add_run(made)

    def the_run_ends(self, seen: Seen) -> None:
        run = self.fakes.store.run(seen.run_id)
        ended = replace(run, status=RunStatus.COMPLETED, ended_at=self.fakes.clock.now())
        self.fakes.store.save_run(ended)
        self.fakes.store.add_alert(end_alert(ended))
        self.fakes.workflow.end(seen.execution.arn, "SUCCEEDED")

    def the_mail_is_sent(self, seen: Seen) -> None:
        now, store = self.fakes.clock.now(), self.fakes.store
        for alert in store.pending_alerts():
            assert store.claim_alert(alert, now, now + timedelta(minutes=2))
            store.mark_sent(alert, self.fakes.alerts.publish(alert), now)
            self.post.append(Mail("message-1", "alerts", now, alert.subject, alert.text, seen.run_id))


def test_a_story_is_begun_with_its_config_as_in_the_console() -> None:
    stage = Stage()

    seen = begin(HEALTHY, stage.world())

    [(arn, document)] = stage.fakes.workflow.inputs.items()
    assert f":{Mode.REHEARSE_THEN_RUN}:" in arn
    assert document == wire.dumps(HEALTHY.config("guard-bucket"))
    assert seen.run_id == run_id("healthy", arn)


def test_the_training_data_is_where_the_config_says() -> None:
    stage = Stage()

    upload([HEALTHY], PAIRS, "guard-bucket", stage.fakes.datasets)

    uri = str(HEALTHY.config("guard-bucket")["training_data_path"])
    assert b"".join(stage.fakes.datasets.chunks(uri)) == HEALTHY.data.content(PAIRS)


def test_a_story_is_settled_once_it_has_ended_and_its_mail_has_arrived() -> None:
    stage = Stage()
    seen = begin(HEALTHY, stage.world())
    stage.scenes.scenes = [
        lambda: stage.the_run_is_recorded(seen),
        lambda: stage.the_run_ends(seen),
        lambda: stage.the_mail_is_sent(seen),
    ]

    looks = list(follow([seen], stage.world(), seconds=600, interval=1.5))

    assert [look[0].settled for look in looks] == [False, False, False, True]
    ending = looks[-1][0].ending
    assert ending.run and ending.run.status is RunStatus.COMPLETED
    assert ending.execution and ending.execution.status == "SUCCEEDED"
    assert [mail.subject for mail in ending.mails] == ["COMPLETED: healthy"]
    assert stage.scenes.waited == [1.5] * 3


def test_a_machine_that_fails_before_there_is_a_record_settles_its_story() -> None:
    stage = Stage()
    seen = begin(HEALTHY, stage.world())
    stage.scenes.scenes = [lambda: stage.fakes.workflow.end(seen.execution.arn, "FAILED")]

    *_, last = follow([seen], stage.world(), seconds=600, interval=1)

    assert last[0].settled
    assert last[0].ending.run is None


def test_when_the_time_is_over_the_stories_are_shown_as_they_stand() -> None:
    stage = Stage()
    seen = begin(STALLED, stage.world())

    looks = list(follow([seen], stage.world(), seconds=-1, interval=1))

    assert len(looks) == 1
    assert not looks[0][0].settled


def test_a_mail_belongs_to_its_own_story_and_counts_once() -> None:
    stage = Stage()
    stories: list[Story] = [HEALTHY, STALLED]
    both = [begin(story, stage.world()) for story in stories]
    mail = Mail("m", "alerts", stage.fakes.clock.now(), "WARNING", "", both[1].run_id)
    stage.post = [mail, mail]

    [look] = follow(both, stage.world(), seconds=-1, interval=1)

    assert [len(each.mails) for each in look] == [0, 1]
