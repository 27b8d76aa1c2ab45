"""The two topics: one tells people about runs, the other that the guard itself is in trouble."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.permissions import Permission, acknowledge
from infra.settings import DeployOptions


class Alerts(Construct):
    """Both topics, their e-mail subscriptions, and the queue of what could not be delivered.

    Neither topic is encrypted with an AWS-managed key: CloudWatch cannot publish to one that is, and says
    nothing (AWS re:Post, "CloudWatch alarm to an encrypted SNS topic"). Our messages hold no training data.

    Attributes:
        alert_topic: About runs; the watch alone publishes to it.
        ops_topic: About the guard; alarms and the machines publish to it.
        undelivered: Mails that SNS gave up on.
    """

    def __init__(self, scope: Construct, id: str, options: DeployOptions) -> None:
        super().__init__(scope, id)
        self.undelivered = dead_letters(self, "Undelivered")
        self.alert_topic = self._topic("AlertTopic", "Finetune Guard", options.alert_emails)
        self.ops_topic = self._topic("OpsTopic", "Finetune Guard operations", options.people_of_ops)
        self.ops_topic.add_to_resource_policy(_alarms_may_publish(self.ops_topic))

    def let_watch_publish(self, watch: iam.IRole) -> None:
        """Lets the watch alone publish alerts about runs."""
        self.alert_topic.add_to_resource_policy(_may_publish("WatchMayPublish", self.alert_topic, watch))

    def let_machines_publish(self, machines: Sequence[iam.IRole]) -> None:
        """Lets the machines tell people of ops what nobody else could."""
        self.ops_topic.add_to_resource_policy(_may_publish("MachinesMayPublish", self.ops_topic, *machines))

    def may_send_alerts(self) -> Permission:
        """For the watch's role."""
        return Permission(
            sid="SendAlerts",
            why="The watch alone publishes alerts about runs.",
            actions=("sns:Publish",),
            resources=(self.alert_topic.topic_arn,),
        )

    def may_tell_ops(self) -> Permission:
        """For the machines' roles."""
        return Permission(
            sid="TellOps",
            why="A machine that has lost the watch, or cannot report, tells people itself.",
            actions=("sns:Publish",),
            resources=(self.ops_topic.topic_arn,),
        )

    def _topic(self, id: str, display_name: str, emails: Sequence[str]) -> sns.Topic:
        topic = sns.Topic(self, id, display_name=display_name, enforce_ssl=True)
        for email in emails:
            topic.add_subscription(subscriptions.EmailSubscription(email, dead_letter_queue=self.undelivered))
        return topic


def dead_letters(scope: Construct, id: str) -> sqs.Queue:
    """A queue for what could not be delivered, kept for as long as SQS keeps anything: 14 days."""
    queue = sqs.Queue(
        scope,
        id,
        enforce_ssl=True,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        retention_period=cdk.Duration.days(14),
    )
    acknowledge(queue, {"AwsSolutions-SQS3": "It is itself the dead-letter queue; an alarm watches it."})
    return queue


def _may_publish(sid: str, topic: sns.Topic, *roles: iam.IRole) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        actions=["sns:Publish"],
        principals=[iam.ArnPrincipal(role.role_arn) for role in roles],
        resources=[topic.topic_arn],
    )


def _alarms_may_publish(topic: sns.Topic) -> iam.PolicyStatement:
    """A topic with a policy of its own no longer has the default one, which let alarms in."""
    return iam.PolicyStatement(
        sid="AlarmsMayPublish",
        actions=["sns:Publish"],
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        resources=[topic.topic_arn],
        conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
    )
