import json

from finetune_guard.core.observations import BaseModelFacts, ShadowCounts
from tests.cli.session import FakeSession, typed
from tests.fakes.world import World

NOVA, LLAMA = "amazon.nova-lite-v1:0:300k", "meta.llama3-1-8b-instruct-v1:0:128k"


def two_bases() -> FakeSession:
    world = World()
    world.store.learn(BaseModelFacts(LLAMA, shadow=ShadowCounts(20, 2, 5, 4)))
    world.store.learn(BaseModelFacts(NOVA, shadow=ShadowCounts(23, 0, 0, 0)))
    return FakeSession(world)


def test_each_base_has_its_counts_its_rate_and_what_that_means() -> None:
    result = typed(two_bases(), "shadow")
    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert words.index("amazon.nova") < words.index("meta.llama")
    assert f"{NOVA}: Armed, the watch would have stopped none of 23 sound jobs" in words
    assert (
        f"{LLAMA}: Armed, the watch would have stopped 2 of 20 sound jobs, whose models would be lost"
        in words
    )
    for heading in ("curves", "rightly", "wrongly", "missed", "false stops"):
        assert heading in words


def test_json_is_one_object_with_every_base() -> None:
    result = typed(two_bases(), "shadow", "--json")
    told = json.loads(result.stdout)
    assert told["schema_version"] == 1
    assert [each["base_model_id"] for each in told["base_models"]] == [NOVA, LLAMA]
    llama = told["base_models"][1]
    counts = {
        key: llama[key] for key in ("curves", "would_have_stopped", "rightly", "wrongly", "missed", "sound")
    }
    assert counts == {
        "curves": 25,
        "would_have_stopped": 6,
        "rightly": 4,
        "wrongly": 2,
        "missed": 1,
        "sound": 20,
    }
    assert llama["false_stop_rate"] == 0.1
    assert 0.28 < llama["at_most"] < 0.29


def test_without_ended_jobs_it_says_so() -> None:
    result = typed(FakeSession(World()), "shadow")
    assert result.exit_code == 0
    assert "No job of this stack has ended yet" in result.stdout


def test_a_base_s_name_cannot_style_the_terminal() -> None:
    world = World()
    world.store.learn(BaseModelFacts("\x1b[31mred"))
    assert "\x1b" not in typed(FakeSession(world), "shadow").stdout
