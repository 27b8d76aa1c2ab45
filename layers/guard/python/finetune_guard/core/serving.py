"""How a person puts a finished model to use. Finetune Guard creates neither kind of deployment itself."""

from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find

#: Where it is told which bases can be deployed on demand; not confirmed against a live account.
SOURCE = "reported by a user who cites AWS's page on on-demand deployment; not confirmed"


def how_to_use(base_model_id: str, model_arn: str, name: str) -> str:
    """The command that puts a model to use, and how sure it is (docs/bedrock.md, 1.4).

    Args:
        base_model_id: What was trained.
        model_arn: The custom model.
        name: For the deployment; letters, digits and single dashes.
    """
    base = find(base_model_id)
    region = model_arn.split(":")[3] if model_arn.startswith("arn:") else ""
    if base is None or base.on_demand is None:
        return (
            f"Nobody says how a model of {base_model_id} is used. Try on demand:\n{_deploy(model_arn, name)}"
        )
    return (
        _on_demand(base, model_arn, name, region) if base.on_demand else _provisioned(base, model_arn, name)
    )


def _on_demand(base: BaseModel, model_arn: str, name: str, region: str) -> str:
    elsewhere = "" if region in base.regions else f" It is told for {' and '.join(base.regions)} only."
    return (
        f"On demand, billed by the token ({SOURCE}).{elsewhere} Deploy it once:\n{_deploy(model_arn, name)}\n"
        "Then call it with the customModelDeploymentArn that this returns as the model id."
    )


def _deploy(model_arn: str, name: str) -> str:
    return (
        f"aws bedrock create-custom-model-deployment --model-deployment-name {name} \\\n"
        f"  --model-arn {model_arn}"
    )


def _provisioned(base: BaseModel, model_arn: str, name: str) -> str:
    return (
        f"Only with Provisioned Throughput: {base.model_id} is not among the bases that can be deployed on "
        f"demand ({SOURCE}). It bills by the hour, used or not, until you delete it; see its price first:\n"
        f"aws bedrock create-provisioned-model-throughput --provisioned-model-name {name} \\\n"
        f"  --model-units 1 --model-id {model_arn}"
    )
