"""Whether the account can run jobs: who asks, where, on which base models, and with how much room."""

from typing import Final

from finetune_guard.core.access.room import USUAL_ROOM
from finetune_guard.core.doctoring.checks import Check, Question
from finetune_guard.core.doctoring.facts import Caller
from finetune_guard.core.hyperparameters.bases import same_base
from finetune_guard.core.hyperparameters.catalogue import find, shipped
from finetune_guard.core.observations import FoundationModel

CREDENTIALS: Final = Question("credentials", "somebody of the stack's account")
REGION: Final = Question("region", "a region in which Bedrock customizes models")
MODELS: Final = Question("model access", "at least one base model that can be fine-tuned here")
ROOM: Final = Question("room", "room for one more customization job")


def judge_caller(caller: Caller, owner: str | None) -> Check:
    """Whether the caller is of the stack's account.

    Args:
        caller: Who asks.
        owner: The stack's account; None where the stack could not be read.
    """
    seen = f"{caller.arn} of the account {caller.account}."
    if owner and owner != caller.account:
        return CREDENTIALS.broken(f"{seen} The stack is of {owner}.", f"Sign in to the account {owner}.")
    return CREDENTIALS.ok(seen)


def judge_region(region: str) -> Check:
    """Whether the catalogue knows a base model that can be fine-tuned in this region; "" for none."""
    places = sorted({place for base in shipped() for place in base.regions})
    if not region:
        return REGION.broken("No region is named.", "Name one: --region, AWS_REGION or a profile.")
    if region not in places:
        seen = f"{region}, in which this version knows of no base model that can be fine-tuned."
        return REGION.warning(seen, f"Deploy the stack in one of {', '.join(places)}.")
    return REGION.ok(f"{region}.")


def judge_models(listed: tuple[FoundationModel, ...], wanted: str | None) -> Check:
    """Whether there is anything to fine-tune; that a listed model may be used is seen at a job's creation.

    Args:
        listed: Base models that can be fine-tuned in this region, as the service says.
        wanted: The one that is asked about; None for any.
    """
    alive = [model.model_id for model in listed]
    if wanted is not None:
        return _wanted(wanted, alive)
    if not alive:
        advice = "Deploy the stack in a region of the model that you want (finetune-guard get-optimal)."
        return MODELS.broken("Bedrock lists no base model that can be fine-tuned here.", advice)
    return MODELS.ok(f"{len(alive)} base models can be fine-tuned here, such as {alive[0]}.")


def _wanted(wanted: str, alive: list[str]) -> Check:
    known = find(wanted)
    exact = known.model_id if known else wanted
    found = next((listed for listed in alive if same_base(listed, exact)), None)
    if found:
        return MODELS.ok(f"{found} can be fine-tuned here.")
    where = f" It is told for {', '.join(known.regions)}." if known else ""
    shown = ", ".join(alive[:3]) or "none"
    return MODELS.broken(
        f"Bedrock does not list {wanted} as one that can be fine-tuned here.{where}",
        f"Take one that it lists ({shown}), or deploy the stack where the model is.",
    )


def judge_room(running: int, quota: int | None) -> Check:
    """Whether one more job could start at once.

    Args:
        running: Customization jobs in progress, in this account and region.
        quota: How many there may be; None where Service Quotas does not say.
    """
    room = USUAL_ROOM if quota is None else quota
    whose = f"of {room} that are usual (the account's own quota is not told)"
    seen = f"{running} customization jobs in progress, {whose if quota is None else f'of {room}'}."
    if running < room:
        return ROOM.ok(seen)
    return ROOM.warning(seen, "A new run waits until one ends; or ask AWS for a higher quota.")
