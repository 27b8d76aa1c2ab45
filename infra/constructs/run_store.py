"""The table of runs, jobs and alerts (docs/adr/0001)."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.permissions import Permission, acknowledge
from infra.settings import DeployOptions

#: Key and index names are written once more in the table's adapter; tests/infra compares the two.
PARTITION, SORT, INDEX, INDEX_PARTITION, INDEX_SORT = "pk", "sk", "due", "due_pk", "due_sk"

_TEXT = dynamodb.AttributeType.STRING


class RunStore(Construct):
    """One table with one sparse index of what is due."""

    def __init__(self, scope: Construct, id: str, options: DeployOptions) -> None:
        super().__init__(scope, id)
        retain = options.removal == "retain"
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name=PARTITION, type=_TEXT),
            sort_key=dynamodb.Attribute(name=SORT, type=_TEXT),
            billing=dynamodb.Billing.on_demand(),
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=INDEX,
                    partition_key=dynamodb.Attribute(name=INDEX_PARTITION, type=_TEXT),
                    sort_key=dynamodb.Attribute(name=INDEX_SORT, type=_TEXT),
                )
            ],
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=options.point_in_time_recovery
            ),
            deletion_protection=options.protected,
            removal_policy=cdk.RemovalPolicy.RETAIN if retain else cdk.RemovalPolicy.DESTROY,
        )
        if not options.point_in_time_recovery:
            acknowledge(self.table, {"AwsSolutions-DDB3": "The deployer turned pointInTimeRecovery off."})

    def may_read_runs(self, why: str) -> Permission:
        """Reading a run with its jobs and alerts, all in one partition."""
        return Permission(
            sid="ReadRuns", why=why, actions=("dynamodb:Query",), resources=(self.table.table_arn,)
        )

    def may_read(self, why: str) -> Permission:
        """The same, and one record by its key: an alert, a base model, what a person has ordered."""
        return Permission(
            sid="ReadRecords",
            why=why,
            actions=("dynamodb:GetItem", "dynamodb:Query"),
            resources=(self.table.table_arn,),
        )

    def may_find_due(self, why: str) -> Permission:
        """Finding, over all runs, what is open, ended or to be done."""
        index = f"{self.table.table_arn}/index/{INDEX}"
        return Permission(sid="FindDue", why=why, actions=("dynamodb:Query",), resources=(index,))

    def may_write(self, why: str) -> Permission:
        """Writing them, each conditional on the record's version."""
        return Permission(
            sid="WriteRecords", why=why, actions=("dynamodb:PutItem",), resources=(self.table.table_arn,)
        )
