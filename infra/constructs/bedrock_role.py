"""What Bedrock itself may do while it trains: read the data, write the output, nothing else.

Trust and permissions as the Bedrock user guide asks for them ("Create a service role for model
customization").
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.data_bucket import DataBucket
from infra.permissions import NarrowRole, Permission
from infra.settings import DeployOptions

#: `arn:aws:bedrock:<region>:<account>:` of this deployment, and the same without an account.
OURS = f"arn:{cdk.Aws.PARTITION}:bedrock:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:"
AWS_OWNED = f"arn:{cdk.Aws.PARTITION}:bedrock:{cdk.Aws.REGION}::"

ANY_JOB = f"{OURS}model-customization-job/*"
ANY_CUSTOM_MODEL = f"{OURS}custom-model/*"
ANY_BASE_MODEL = f"{AWS_OWNED}foundation-model/*"


class BedrockRole(Construct):
    """The service role of every job whose config names no other.

    Attributes:
        role: The stack's own.
        arns: All roles that may be passed, the stack's own first.
    """

    def __init__(self, scope: Construct, id: str, options: DeployOptions, bucket: DataBucket) -> None:
        super().__init__(scope, id)
        self.role = NarrowRole(
            self,
            "Role",
            assumed_by=_bedrock_for_our_jobs(),
            purpose="Bedrock, while it trains one of our jobs",
            permissions=[
                *bucket.may_list("Bedrock lists the data and its own output."),
                bucket.may_read_data("Bedrock reads the training data.", "uploads/", "samples/", "output/"),
                bucket.may_put_output("Bedrock writes metrics and validated data."),
                *bucket.may_use_keys(
                    "Bedrock reads and writes in buckets that these keys encrypt.",
                    "kms:Decrypt",
                    "kms:GenerateDataKey",
                ),
            ],
        )
        self.arns = (self.role.role_arn, *options.bedrock_role_arns)

    def may_pass(self) -> Permission:
        """Handing one of the roles to Bedrock, and to nobody else."""
        return Permission(
            sid="PassBedrockRole",
            why="A job runs with a service role; only the stack's own and those of bedrockRoleArns, only to "
            "Bedrock.",
            actions=("iam:PassRole",),
            resources=self.arns,
            conditions={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
        )

    def may_ask(self) -> tuple[Permission, ...]:
        """Asking IAM about roles that the deployer named; of the stack's own nothing has to be asked."""
        permission = Permission(
            sid="AskAboutRoles",
            why="Whether a role of bedrockRoleArns trusts Bedrock and may use the data and the output.",
            actions=("iam:GetRole", "iam:SimulatePrincipalPolicy"),
            resources=self.arns[1:],
        )
        return (permission,) if permission.resources else ()

    def may_examine(self) -> Permission:
        """Asking IAM about the stack's own role, which somebody may have changed."""
        return Permission(
            sid="AskAboutOwnRole",
            why="Whether Bedrock may still use it, and it still reaches the data and the output.",
            actions=("iam:GetRole", "iam:SimulatePrincipalPolicy"),
            resources=self.arns[:1],
        )


def _bedrock_for_our_jobs() -> iam.IPrincipal:
    """Bedrock, acting for this account's jobs and no other's (the confused deputy)."""
    return iam.ServicePrincipal(
        "bedrock.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID},
            "ArnEquals": {"aws:SourceArn": ANY_JOB},
        },
    )
