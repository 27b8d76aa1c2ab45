"""Deletes the models of rehearsals, once nobody needs them: each bills for its storage every month."""

from constructs import Construct

from finetune_guard.settings import StoreSettings
from infra.constructs.bedrock_role import ANY_CUSTOM_MODEL
from infra.constructs.guard_function import FunctionSpec, GuardFunction
from infra.constructs.run_steps import STACK_TAG, Surroundings
from infra.constructs.timetable import Rhythm, Timetable
from infra.permissions import Permission

HOURLY = Rhythm(every=60, retries=2, stale_after=1800)


class CleanUp(Construct):
    """One function, once an hour.

    Attributes:
        function: The function.
    """

    def __init__(self, scope: Construct, id: str, around: Surroundings, timetable: Timetable) -> None:
        super().__init__(scope, id)
        store = around.store
        spec = FunctionSpec(
            handler="clean_up",
            purpose="Deletes throw-away models; the only function that may delete any",
            settings=StoreSettings(table=store.table.table_name, stack=around.stack),
            permissions=[
                store.may_read_runs("It reads which models the run still needs."),
                store.may_find_due("It finds the models in our own records, never by listing."),
                store.may_write("It records what it deleted."),
                _may_delete(around.stack),
                timetable.may_drop_calls("A clean-up that failed is kept and rings an alarm."),
            ],
            timeout_seconds=120,
        )
        self.function = GuardFunction(self, "CleanUp", around.defaults, spec)
        timetable.call("CleanUp", self.function, HOURLY)


def _may_delete(stack: str) -> Permission:
    return Permission(
        sid="DeleteOwnModels",
        why="Models that no job will start from are thrown away; only what carries this stack's tag.",
        actions=("bedrock:DeleteCustomModel",),
        resources=(ANY_CUSTOM_MODEL,),
        conditions={"StringEquals": {f"aws:ResourceTag/{STACK_TAG}": stack}},
        wide="Models have names only once they exist; the tag is what is granted.",
    )
